import type { Retries } from '../../../crds/parts/retries.ts'
import type { EarlierAttempt } from '../../../crds/parts/run-state.ts'
import { type Instant, toTimestamp } from '../../lib/clock.ts'
import { parseDuration } from '../../lib/duration.ts'
import { toInstant } from '../pod/container.ts'
import type { Ended } from '../pod/verdict.ts'
import type { StepReason } from '../reasons.ts'

/** What holds where a step's `retries` leaves it out. */
const retryDefaults = { backoff: '10s', maxBackoff: '5m' } as const

/** What timeout(1) exits with, and the step driver. */
const timeoutCode = 124

/** Ends that come from the step's own commands; all others are the cluster's, or would be the same again. */
const ownEnds: ReadonlySet<StepReason> = new Set<StepReason>(['ExitCode', 'OOMKilled', 'TimedOut'])

/** Whether the commands failed in a way that the step wants to be tried again. */
export function isRetryable({ exitCodes }: Retries, { phase, reason, exitCode }: Ended): boolean {
  if (phase !== 'Failed' || !ownEnds.has(reason)) return false
  if (exitCodes === undefined) return reason !== 'TimedOut'
  const code = reason === 'TimedOut' ? timeoutCode : exitCode
  return code !== undefined && exitCodes.includes(code)
}

/** Seconds between the n-th failure (from 1) and the next attempt: doubled each time, up to maxBackoff. */
export function findBackoff({ backoff, maxBackoff }: Retries, failures: number): number {
  const first = parseDuration(backoff ?? retryDefaults.backoff) ?? 0
  // One that is longer than the longest that is left out means what it says.
  const most = Math.max(
    parseDuration(maxBackoff ?? retryDefaults.maxBackoff) ?? 0,
    maxBackoff === undefined ? first : 0,
  )
  return Math.min(most, first * 2 ** (failures - 1))
}

export interface FailedAttempt {
  readonly retries: Retries | undefined
  readonly ended: Ended
  /** Attempts that failed before it; those lost to the cluster are none. */
  readonly failures: number
  readonly now: Instant
}

/**
 * When the step is to be tried again, RFC 3339; undefined where it is not. Counted from kubelet's end of the container, so
 * that a controller that starts anew comes to the same moment; a clock that runs ahead makes nobody wait longer.
 */
export function findRetryTime({ retries, ended, failures, now }: FailedAttempt): string | undefined {
  if (retries === undefined || failures >= retries.limit || !isRetryable(retries, ended)) return undefined
  const end = Math.min(toInstant(ended.completionTime) ?? now, now)
  return toTimestamp(end + findBackoff(retries, failures + 1) * 1000)
}

/** What a person reads while the step waits for its next attempt. */
export function describeRetry(attempts: readonly EarlierAttempt[], retryAt: string): string {
  const [{ attempt, message, reason } = { attempt: 1 }] = attempts
  return `attempt ${attempt} failed: ${message ?? reason ?? 'no reason is known'}; the next starts at ${retryAt}`
}
