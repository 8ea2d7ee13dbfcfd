import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { parseDuration } from '../../lib/duration.ts'
import type { ForgeSettings } from '../part.ts'

/** Milliseconds between two looks at a connection's heads; 0 for never. */
export function toPollInterval({ spec }: RepositoryConnection, { pollIntervalMs }: ForgeSettings): number {
  const seconds = spec.pollInterval === undefined ? undefined : parseDuration(spec.pollInterval)
  return seconds === undefined ? pollIntervalMs : seconds * 1000
}

/** Of the first retry after what was found could not be dealt with. */
const firstRetryMs = 5000
/** How many times longer than usual a forge that fails is left alone at most. */
const longestFactor = 4

export interface LookResult {
  /** Looks in a row after which something was left, this one included; 0 where nothing is. */
  readonly failures: number
  /** Asked for by the forge, or by what was tried. */
  readonly retryAfterMs?: number
  /** Whether the forge was not even listed. */
  readonly isBlind: boolean
}

/** Milliseconds to the next look. `random` is at least 0 and below 1: many connections do not look together. */
export function planNextLook(interval: number, result: LookResult, random: number): number {
  const { failures, retryAfterMs = 0, isBlind } = result
  const usual = interval * (0.9 + 0.2 * random)
  if (failures === 0) return usual
  if (isBlind) return Math.max(retryAfterMs, usual * Math.min(longestFactor, 2 ** (failures - 1)))
  const step = firstRetryMs * 2 ** Math.min(failures - 1, 20)
  return Math.max(retryAfterMs, Math.min(usual, step))
}
