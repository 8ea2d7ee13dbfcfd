import type { Step } from '../../../crds/parts/step.ts'
import type { StepStatus } from '../../../crds/pipeline-run.ts'
import { toTimestamp } from '../../lib/clock.ts'
import type { Job } from '../../lib/kubernetes.ts'
import { isFinal } from '../needs.ts'
import { findCommit, isLogIncomplete } from '../pod/judge-pod.ts'
import type { Ended, Lost, Verdict } from '../pod/verdict.ts'
import type { StepReason } from '../reasons.ts'
import type { Snapshot } from '../snapshot.ts'
import { type AttemptVerdict, judgeAttempt } from './attempt.ts'
import { attemptOf, findPods, type StepObjects } from './step-objects.ts'
import type { StepState } from './step-state.ts'
import { findWork } from './work.ts'

export interface StepFacts {
  readonly snapshot: Snapshot
  readonly step: Step
  readonly isFinally: boolean
  readonly last?: StepStatus | undefined
  readonly objects: StepObjects
}

/** Brings a step's last status forward by what its Jobs and pods say now. A final status is never reopened. */
export function foldStep(facts: StepFacts): StepState {
  const { step, isFinally, last, objects } = facts
  const [job] = objects.jobs
  const pods = findPods(objects, job, last)
  const work = findWork(
    objects.jobs,
    objects.jobs.flatMap((each) => findPods(objects, each, last)),
  )
  const isRecorded = isFinal(last)
  const rest = { ...work, unwanted: isRecorded ? work.work : [], ...keepRow(last), ...foldPods() }
  const base: StepState = { step, isFinally, phase: 'Pending', isRecorded, ...rest }
  if (isRecorded) return base
  const hasHadJob = last?.jobName !== undefined || facts.snapshot.goneSteps.has(step.name)
  if (job === undefined && !hasHadJob) return foldCreation(facts, base, 1)
  return foldVerdict(facts, base, judgeAttempt({ ...facts, ...facts.snapshot, ...toAttempt(facts, job), pods }))

  function foldPods(): Pick<StepState, 'commit' | 'isLogIncomplete'> {
    const commit = [...pods].map(findCommit).find((found) => found !== undefined)
    return { commit, isLogIncomplete: pods.some(isLogIncomplete) }
  }
}

function toAttempt({ snapshot }: StepFacts, job: Job | undefined) {
  const failure = snapshot.podCreationFailures.find(({ jobUid }) => jobUid === job?.metadata.uid)
  return { job, podCreationFailure: failure?.message }
}

type Row = Partial<Omit<StepStatus, 'name' | 'reason' | 'logURL' | 'artifactURLs'>> & { readonly reason?: StepReason }

function keepRow(last: StepStatus | undefined): Row {
  if (last === undefined) return {}
  const { name: _name, logURL: _log, artifactURLs: _artifacts, reason, ...row } = last
  return reason === undefined ? row : { ...row, reason: reason as StepReason }
}

function foldVerdict(facts: StepFacts, base: StepState, { verdict, pod, podIndex }: AttemptVerdict): StepState {
  const [job] = facts.objects.jobs
  const attempt = countAttempts(facts, { podName: pod?.metadata.name, podIndex })
  const isNewJob = job !== undefined && job.metadata.name !== facts.last?.jobName
  const state: StepState = {
    ...base,
    attempt,
    jobName: job?.metadata.name ?? facts.last?.jobName,
    podName: pod?.metadata.name ?? (isNewJob ? undefined : facts.last?.podName),
  }
  return applyVerdict(facts, state, verdict)
}

/** Pods tried so far: those of the Job that are still there, or what was counted before and one that took another's place. */
function countAttempts({ last, objects }: StepFacts, pod: { podName: string | undefined; podIndex: number }): number {
  const [job] = objects.jobs
  const { podName, podIndex } = pod
  const isReplaced = podName !== undefined && last?.podName !== undefined && last.podName !== podName
  return Math.max((job === undefined ? 1 : attemptOf(job)) + podIndex, (last?.attempt ?? 1) + (isReplaced ? 1 : 0))
}

function applyVerdict(facts: StepFacts, state: StepState, verdict: Verdict): StepState {
  const { reason, message } = { reason: undefined, message: undefined, ...verdict }
  switch (verdict.kind) {
    case 'ended':
      return endStep(facts, state, verdict)
    case 'lost':
      return loseStep(facts, state, verdict)
    case 'running':
      return { ...state, phase: 'Running', reason: 'Running', message: undefined, startTime: verdict.startTime }
    default:
      return { ...state, ...toOpenPhase(facts), reason, message, recheckAt: verdict.recheckAt }
  }
}

/** A step that has run does not go back to Pending when its pod is replaced. */
function toOpenPhase({ last }: StepFacts): Pick<StepState, 'phase'> {
  return { phase: last?.phase === 'Running' ? 'Running' : 'Pending' }
}

function endStep({ snapshot }: StepFacts, state: StepState, ended: Ended): StepState {
  const { phase, reason, message, exitCode } = ended
  return {
    ...state,
    phase,
    reason,
    message,
    exitCode,
    startTime: ended.startTime ?? state.startTime,
    completionTime: ended.completionTime ?? toTimestamp(snapshot.now),
    unwanted: state.work,
  }
}

function loseStep(facts: StepFacts, state: StepState, { cause, isReplaced }: Lost): StepState {
  const { maxInterruptions } = facts.snapshot.settings
  const count = state.attempt ?? 1
  if (count >= maxInterruptions) {
    const message = `its pod was lost ${count} times through no fault of the step, at last because it ${cause}`
    return endStep(facts, state, { kind: 'ended', phase: 'Failed', reason: 'InfrastructureError', message })
  }
  const message = `pod ${state.podName ?? ''} ${cause}; the step starts again`
  const open: StepState = { ...state, ...toOpenPhase(facts), reason: 'Interrupted', message }
  if (isReplaced) return open
  return state.isQuiet ? foldCreation(facts, open, count + 1) : { ...open, unwanted: state.work }
}

/** Two pods of a step must not run at once, so a new Job waits until the old one is quiet; see loseStep. */
function foldCreation(facts: StepFacts, base: StepState, attempt: number): StepState {
  const refusal = facts.snapshot.refusals.find((each) => each.step === facts.step.name && each.attempt === attempt)
  if (refusal === undefined) return { ...base, nextAttempt: attempt }
  const { kind, message, retryAt } = refusal
  if (kind !== 'QuotaExceeded') return endStep(facts, base, { kind: 'ended', phase: 'Failed', reason: kind, message })
  const isDue = facts.snapshot.now >= retryAt
  return { ...base, reason: kind, message, ...(isDue ? { nextAttempt: attempt } : { recheckAt: retryAt }) }
}
