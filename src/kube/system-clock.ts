import type { Clock } from '../lib/clock.ts'

/** The machine's clock; pure layers get it as an argument. */
export const systemClock: Clock = { now: () => Date.now() }
