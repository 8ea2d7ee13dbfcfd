import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import { type Instant, toTimestamp } from '../lib/clock.ts'
import { isFinal } from './needs.ts'
import { toInstant } from './pod/container.ts'
import type { Snapshot } from './snapshot.ts'
import { findStartTime } from './stopping.ts'

/** As much of a step as a pause is told by; a StepState and a row of status.steps fit. */
interface PausableStep {
  readonly phase: string
  /** Absent in a row. */
  readonly isFinally?: boolean
  readonly reason?: string | undefined
  readonly jobName?: string | undefined
  /** Of a call. */
  readonly run?: string | undefined
  readonly nextAttempt?: number | undefined
  readonly waitingSince?: string | undefined
  readonly completionTime?: string | undefined
}

/** What a run may wait for while its clock stands still, beside a person: room, admission, or whoever keeps a Job suspended. */
const holdUps: ReadonlySet<string> = new Set(['QuotaExceeded', 'Suspended', 'AdmissionMissing'])

/** Of these a step tells since when only once the run has started: before, there is no clock. */
function isWaiting(step: PausableStep): boolean {
  const { reason = '', waitingSince } = step
  if (isFinal(step)) return false
  return reason === 'AwaitingApproval' || (holdUps.has(reason) && waitingSince !== undefined)
}

/** Steps that wait for a person or for room, where nothing else of the run goes on: none where the run is not paused. */
export function listPausing<T extends PausableStep>(steps: readonly T[]): readonly T[] {
  const open = steps.filter((step) => !isFinal(step))
  const main = open.filter(({ isFinally }) => isFinally !== true)
  // What could be done at the end says nothing before it.
  const current = main.length > 0 ? main : open
  const others = current.filter((step) => !isWaiting(step))
  const isBusy = others.some(({ jobName, nextAttempt, reason }) => (jobName ?? nextAttempt ?? reason) !== undefined)
  return isBusy ? [] : current.filter(isWaiting)
}

/** `step deploy waits: …`; what begins with that verb itself goes on with it. */
export function describeWait(step: string, message = 'waits'): string {
  return message.startsWith('waits') ? `step ${step} ${message}` : `step ${step} waits: ${message}`
}

/**
 * Since when there is nothing but waiting: since the first wait, or since what went on after it came to its end. A step that has had
 * a Job, and waits for its next attempt, went on until its own wait.
 */
function findStart(waiting: readonly PausableStep[], steps: readonly PausableStep[]): string | undefined {
  const [since] = waiting.flatMap(({ waitingSince }) => waitingSince ?? []).sort()
  const ends = steps.flatMap(({ completionTime }) => completionTime ?? [])
  const begun = waiting.filter(({ jobName, run }) => (jobName ?? run) !== undefined)
  const stops = begun.flatMap(({ waitingSince }) => waitingSince ?? [])
  return since === undefined ? undefined : [since, ...ends, ...stops].sort().at(-1)
}

export interface Pause {
  /** Milliseconds that do not count towards the timeout, those of a pause that goes on included. */
  readonly lengthMs: number
  readonly isOn: boolean
  /** For status.pausedSeconds: pauses that are over. */
  readonly pausedSeconds?: number | undefined
}

/**
 * How long the run's clock has stood still since it started. All of it is rebuilt from status: the sum of the pauses before,
 * and the one that stands there by the run's own reason; its start is told by the steps. It ends when it is seen to be over.
 */
export function findPause(snapshot: Snapshot, steps: readonly PausableStep[]): Pause {
  const { run, now } = snapshot
  const { status = {} } = run
  const waitsSince = findStart(listPausing(steps), steps)
  const start = clipStart(waitsSince, findStartTime(snapshot))
  const before = clipStart(findNotedStart(status), status.startTime)
  const isSame = before !== undefined && start === before
  const over = before === undefined || isSame ? 0 : secondsBetween(before, start ?? toTimestamp(now))
  const total = (status.pausedSeconds ?? 0) + over
  const going = start === undefined ? 0 : Math.max(0, now - (toInstant(start) ?? now))
  const isOn = waitsSince !== undefined
  return { lengthMs: total * 1000 + going, isOn, pausedSeconds: total === 0 ? undefined : total }
}

/** The part of a wait for which the run's clock would have gone on: none of it where that has not started. */
function clipStart(since: string | undefined, startTime: string | undefined): string | undefined {
  if (since === undefined || startTime === undefined) return undefined
  return since < startTime ? startTime : since
}

/** Whether the clock of a run that has started stands still, by its status: only from then on is the pause counted. */
export function isPauseNoted({ reason = '', startTime }: PipelineRunStatus = {}): boolean {
  return startTime !== undefined && (reason === 'AwaitingApproval' || holdUps.has(reason))
}

/** Start of the pause that stands in the status: the rows alone cannot tell one from a step about to start. */
function findNotedStart({ reason, steps = [] }: PipelineRunStatus): string | undefined {
  if (reason === 'AwaitingApproval') return findStart(steps.filter(isWaiting), steps)
  return holdUps.has(reason ?? '') ? findStart(listPausing(steps), steps) : undefined
}

function secondsBetween(from: string, to: string): number {
  const [start, end]: (Instant | undefined)[] = [toInstant(from), toInstant(to)]
  return start === undefined || end === undefined ? 0 : Math.max(0, Math.floor((end - start) / 1000))
}
