import type { Report } from '../../../crds/parts/event.ts'
import { toSentence } from '../../engine/pod/sentence.ts'
import { ForgeError } from '../forge.ts'

/** When a report that failed is tried again. */
export interface Retry {
  /** Passes only when somebody changes something at the forge or in the connection. */
  readonly isLasting: boolean
  /** Milliseconds; Infinity for not by itself. */
  readonly waitMs: number
  /** Which runs of the connection wait with it: all, those that failed before, or none. */
  readonly reach: 'all' | 'failed' | 'one'
}

const firstWaitMs = 2000
const longestWaitMs = 300_000
const lastingWaitMs = 600_000
/** Where a forge asks to wait without saying how long; it may ask for an hour at most. */
const rateLimitMs = 60_000
const longestRateLimitMs = 3_600_000

/** `failures` counts this one, from 1; `random` at least 0, below 1. */
export function planRetry(error: unknown, failures: number, random: number): Retry {
  const kind = error instanceof ForgeError ? error.kind : 'unavailable'
  // Half of each wait is left to chance: many runs fail in the same moment.
  const spread = (waitMs: number) => Math.round(waitMs * (0.5 + random / 2))
  const backoff = spread(Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1)))
  if (kind === 'rateLimited') {
    const asked = error instanceof ForgeError ? (error.retryAfterMs ?? rateLimitMs) : rateLimitMs
    return { isLasting: false, reach: 'all', waitMs: Math.max(backoff, Math.min(asked, longestRateLimitMs)) }
  }
  if (kind === 'unavailable') return { isLasting: false, reach: 'one', waitMs: backoff }
  // A forge does not learn it by being asked again; a credential may be mended without a change of the connection.
  if (kind === 'unsupported') return { isLasting: true, reach: 'one', waitMs: Number.POSITIVE_INFINITY }
  const waitMs = lastingWaitMs + spread(lastingWaitMs / 10)
  return { isLasting: true, reach: kind === 'forbidden' ? 'failed' : 'one', waitMs }
}

/** A forge that stumbles once or twice is nobody's business. */
export function isWorthNoting({ isLasting }: Retry, failures: number): boolean {
  return isLasting || failures >= 3
}

/** The report with the failure noted; what the forge has taken stays. */
export function noteFailure(report: Report | undefined, error: unknown, failures: number): Report {
  const message =
    error instanceof ForgeError ? error.message : 'the forge could not be asked; the log of c8s-controller says why'
  return { ...report, failures, message: toSentence(message, 1024) }
}
