import type { Condition } from '../../../crds/parts/condition.ts'
import type { PipelineRunStatus, RunPhase } from '../../../crds/pipeline-run.ts'
import { type Instant, toTimestamp } from '../../lib/clock.ts'
import { isFinal } from '../needs.ts'
import { toSentence } from '../pod/sentence.ts'
import { renderQueue } from '../queue/room.ts'
import type { Snapshot } from '../snapshot.ts'
import type { StepState } from '../step/step-state.ts'
import { stoppingCondition } from '../stopping.ts'
import type { Stopping } from '../view.ts'
import { type ConditionDraft, mergeConditions, renderStanding, type Standing } from './conditions.ts'
import { foldMatrices } from './matrix-view.ts'
import { omitUndefined, renderRow } from './rows.ts'

export interface RunVerdict {
  readonly phase: RunPhase
  /** A RunReason, or that of a rejection. */
  readonly reason: string
  readonly message: string
}

export interface StatusParts {
  readonly verdict: RunVerdict
  readonly steps: readonly StepState[]
  readonly startTime?: string | undefined
  readonly stopping?: Stopping | undefined
  readonly pausedSeconds?: number | undefined
}

const finalPhases: ReadonlySet<string> = new Set<RunPhase>(['Succeeded', 'Failed', 'Cancelled'])

export function isRunFinal(phase: string | undefined): boolean {
  return phase !== undefined && finalPhases.has(phase)
}

/** A status without what the forge was told of the run: that is another field manager's. */
export function omitReport(status: PipelineRunStatus): PipelineRunStatus {
  const { report: _, ...own } = status
  return own
}

/** All of a run's status but the report: server-side apply takes away what is not in it. */
export function renderRunStatus(snapshot: Snapshot, parts: StatusParts): PipelineRunStatus {
  const { run, now } = snapshot
  const { phase, reason, message } = parts.verdict
  return omitUndefined({
    observedGeneration: run.metadata.generation ?? 0,
    phase,
    reason,
    message,
    commit: run.status?.commit ?? parts.steps.find(({ commit }) => commit !== undefined)?.commit,
    startTime: parts.startTime,
    completionTime: isRunFinal(phase) ? findCompletion(parts, now) : undefined,
    pausedSeconds: parts.pausedSeconds,
    queue: renderQueue(snapshot),
    progress: `${parts.steps.filter(isFinal).length}/${parts.steps.length}`,
    matrix: foldMatrices(parts.steps),
    steps: parts.steps.map(renderRow),
    conditions: [...mergeConditions(renderDrafts(parts), toContext(snapshot))],
  })
}

/** The end of the last step, by kubelet's clock as all times of steps are; not before the start, whatever the clocks say. */
function findCompletion({ steps, startTime }: StatusParts, now: Instant): string {
  const own = steps.filter(({ reason }) => reason !== 'Reused')
  const ends = own.flatMap(({ completionTime }) => completionTime ?? []).sort()
  const end = ends.at(-1) ?? toTimestamp(now)
  return startTime !== undefined && end < startTime ? startTime : end
}

const toContext = ({ run, now }: Snapshot) => ({
  last: run.status?.conditions ?? [],
  generation: run.metadata.generation ?? 0,
  now,
})

function renderDrafts({ verdict, steps, stopping }: StatusParts): readonly ConditionDraft[] {
  const incomplete = steps.filter(({ isLogIncomplete }) => isLogIncomplete).map(({ step }) => step.name)
  return [
    { type: 'Succeeded', status: toSucceeded(verdict.phase), reason: verdict.reason, message: verdict.message },
    ...renderStanding(toStanding(verdict)),
    ...(stopping === undefined ? [] : [renderStopping(stopping)]),
    ...(incomplete.length === 0 ? [] : [renderIncomplete(incomplete)]),
  ]
}

function toSucceeded(phase: RunPhase): Condition['status'] {
  if (!isRunFinal(phase)) return 'Unknown'
  return phase === 'Succeeded' ? 'True' : 'False'
}

function toStanding({ phase, reason, message }: RunVerdict): Standing {
  if (!isRunFinal(phase)) return { state: 'progressing', reason, message }
  return { state: phase === 'Succeeded' ? 'ready' : 'failed', reason, message }
}

function renderStopping({ cause, message }: Stopping): ConditionDraft {
  return { type: stoppingCondition, status: 'True', reason: cause, message }
}

/** Names the steps whose log may lack lines; their results stand. */
function renderIncomplete(steps: readonly string[]): ConditionDraft {
  const named = steps.slice(0, 20).join(', ')
  const message = `the log of ${named}${steps.length > 20 ? ` and ${steps.length - 20} more` : ''} may lack lines: its shipper died`
  return { type: 'LogsIncomplete', status: 'True', reason: 'LogShipperDied', message }
}

/** A final run's status, where something that does not touch its result has changed; else the status as it is. */
export function refreshFinalStatus(snapshot: Snapshot, incomplete: readonly string[]): PipelineRunStatus {
  const { status = {}, metadata } = snapshot.run
  const drafts = incomplete.length === 0 ? [] : [renderIncomplete(incomplete)]
  return {
    ...omitReport(status),
    observedGeneration: metadata.generation ?? 0,
    conditions: [...mergeConditions(drafts, toContext(snapshot))],
  }
}

/** A run that the controller fails on says so, until a pass over it succeeds and writes its conditions anew. */
export function renderStuckStatus(run: Snapshot['run'], fault: string, now: Instant): PipelineRunStatus {
  const message = `the controller fails on this run and keeps trying: ${toSentence(fault)}`
  const draft: ConditionDraft = { type: 'Stalled', status: 'True', reason: 'ReconcileError', message }
  const context = { last: run.status?.conditions ?? [], generation: run.metadata.generation ?? 0, now }
  return { phase: 'Pending', ...omitReport(run.status ?? {}), conditions: [...mergeConditions([draft], context)] }
}
