import type { PipelineRun } from '../../../crds/kinds.ts'
import { toTimestamp } from '../../lib/clock.ts'
import { toSentence } from '../pod/sentence.ts'
import type { StepReason } from '../reasons.ts'
import { isPassing, type Snapshot } from '../snapshot.ts'
import { isRunFinal } from '../status/run-status.ts'
import { awaitCreation, type HoldUpFacts } from './hold-up.ts'
import type { StepState, Work } from './step-state.ts'

/** A call's run, where it is there. What counts is the parent that admission has proved. */
function findCalledRun({ run, children = [] }: Snapshot, step: string): PipelineRun | undefined {
  const { uid } = run.metadata
  return children.find(({ spec: { parent } }) => parent !== undefined && parent.uid === uid && parent.step === step)
}

/** Called runs that go on, and that nobody has told to end yet. */
export function listLiveCalls({ run, children = [] }: Snapshot): readonly Work[] {
  return children
    .filter(
      ({ spec, status, metadata }) =>
        spec.parent?.uid === run.metadata.uid && !isRunFinal(status?.phase) && !isGoing({ spec, metadata }),
    )
    .map(toWork)
}

function isGoing({ spec, metadata }: Pick<PipelineRun, 'spec' | 'metadata'>): boolean {
  return spec.cancel === true || metadata.deletionTimestamp !== undefined
}

function toWork({ metadata: { name = '', uid = '' } }: PipelineRun): Work {
  return { kind: 'run', name, uid }
}

/** A step that is a run of another pipeline is what that run is. */
export function foldCall(facts: HoldUpFacts, base: StepState): StepState {
  const { snapshot } = facts
  const child = findCalledRun(snapshot, base.step.name)
  if (child !== undefined) return mirrorRun(snapshot, base, child)
  const wasThere = base.run !== undefined || snapshot.goneSteps.has(base.step.name)
  if (!wasThere) return foldCreation(facts, base)
  const what = base.run === undefined ? 'its run' : `run ${base.run}`
  return fail(snapshot, base, { reason: 'CallDeleted', message: `${what} was deleted before it ended` })
}

function foldCreation(facts: HoldUpFacts, base: StepState): StepState {
  const { snapshot } = facts
  const refusal = snapshot.refusals.find(({ step, attempt }) => step === base.step.name && attempt === 1)
  if (refusal === undefined) return { ...base, nextAttempt: 1 }
  const { kind, message } = refusal
  return isPassing(kind)
    ? awaitCreation(facts, base, refusal)
    : fail(snapshot, base, { reason: 'CallRefused', message })
}

function fail({ now }: Snapshot, base: StepState, words: Pick<StepState, 'reason' | 'message'>): StepState {
  return { ...base, phase: 'Failed', ...words, completionTime: toTimestamp(now) }
}

function mirrorRun({ now }: Snapshot, base: StepState, child: PipelineRun): StepState {
  const { name = '' } = child.metadata
  const { startTime = base.startTime, phase, completionTime, commit } = child.status ?? {}
  const seen: StepState = { ...base, run: name, attempt: 1, startTime, commit }
  if (isRunFinal(phase)) return { ...seen, completionTime: completionTime ?? toTimestamp(now), ...describeEnd(child) }
  const hasBegun = phase === 'Running' || base.phase === 'Running'
  return {
    ...seen,
    work: isGoing(child) ? [] : [toWork(child)],
    isQuiet: false,
    phase: hasBegun ? 'Running' : 'Pending',
    ...describeProgress(child),
  }
}

type Progress = Pick<StepState, 'reason' | 'message' | 'waitingSince'>

/** What holds the called run up holds the step up; where no clock of that run goes, it is told with since when: none of this one goes then. */
function describeProgress({ metadata, status = {} }: PipelineRun): Progress {
  const reason = mirroredReasons.find((each) => each === status.reason) ?? 'CallRunning'
  const message = toSentence(`run ${metadata.name ?? ''}: ${status.message ?? 'has not begun'}`, 2500)
  if (reason === 'CallRunning') return { reason, message, waitingSince: undefined }
  const since = status.steps?.flatMap((row) => (row.reason === reason ? (row.waitingSince ?? []) : [])).sort()
  // Before its start a run notes no time of its own: it has waited from the first.
  const isNew = reason !== 'Unschedulable' && status.startTime === undefined
  return { reason, message, waitingSince: since?.[0] ?? (isNew ? metadata.creationTimestamp : undefined) }
}

const mirroredReasons = [
  'AwaitingApproval',
  'QuotaExceeded',
  'Suspended',
  'AdmissionMissing',
  'Unschedulable',
] as const satisfies readonly StepReason[]

type End = Pick<StepState, 'phase' | 'reason' | 'message'>

function describeEnd({ metadata: { name = '' }, status = {} }: PipelineRun): End {
  if (status.phase === 'Succeeded') {
    return { phase: 'Succeeded', reason: 'CallSucceeded', message: `run ${name} succeeded` }
  }
  if (status.phase === 'Cancelled') {
    return { phase: 'Cancelled', reason: 'CallCancelled', message: `run ${name} was cancelled` }
  }
  // SC-008: what says nothing about the code there says nothing about it here.
  const reason = status.reason === 'InfrastructureError' ? 'InfrastructureError' : 'CallFailed'
  const why = toSentence(status.message ?? status.reason ?? 'no reason is known')
  return { phase: 'Failed', reason, message: `run ${name} failed: ${why}` }
}
