import { describe, expect, it } from 'vitest'
import { ForgeError, type ForgeErrorKind } from '../forge.ts'
import { isWorthNoting, noteFailure, planRetry } from './retry.ts'

const fail = (kind: ForgeErrorKind, retryAfterMs?: number) => new ForgeError(kind, 'no', retryAfterMs)

describe('when a report that failed is tried again', () => {
  it('soon at first, then more and more slowly', () => {
    const waits = [1, 2, 3, 8, 9, 50].map((failures) => planRetry(fail('unavailable'), failures, 0.999).waitMs)
    expect(waits.map((wait) => Math.round(wait / 1000))).toEqual([2, 4, 8, 256, 300, 300])
    expect(planRetry(fail('unavailable'), 1, 0).waitMs).toBe(1000)
  })

  it.each([
    ['as long as the forge asks', fail('rateLimited', 120_000), 120_000],
    ['a minute where it does not say', fail('rateLimited'), 60_000],
    ['an hour at most', fail('rateLimited', 10 ** 9), 3_600_000],
  ])('%s', (_name, error, waitMs) => {
    expect(planRetry(error, 1, 0)).toEqual({ isLasting: false, reach: 'all', waitMs })
  })

  it.each([
    ['forbidden', 'failed'],
    ['refused', 'one'],
    ['notFound', 'one'],
  ] as const)('slowly where it is %s', (kind, reach) => {
    expect(planRetry(fail(kind), 1, 0.5)).toEqual({ isLasting: true, reach, waitMs: 645_000 })
  })

  it('not by itself where the forge has no such thing', () => {
    const waitMs = Number.POSITIVE_INFINITY
    expect(planRetry(fail('unsupported'), 1, 0.5)).toEqual({ isLasting: true, reach: 'one', waitMs })
  })

  it('like a forge that is away where something else failed', () => {
    expect(planRetry(new TypeError('x'), 1, 0)).toEqual({ isLasting: false, reach: 'one', waitMs: 1000 })
  })
})

describe('what the status tells of a failure', () => {
  it('that it failed, beside what the forge has taken', () => {
    const note = noteFailure({ state: 'running', id: '1' }, fail('forbidden'), 2)
    expect(note).toEqual({ state: 'running', id: '1', failures: 2, message: 'no' })
  })

  it('no word of what is not meant for it', () => {
    expect(noteFailure(undefined, new Error('token abc'), 1).message).not.toContain('abc')
  })

  it('nothing of one that passes at once', () => {
    const passing = planRetry(fail('unavailable'), 1, 0)
    expect([1, 2, 3, 4].map((failures) => isWorthNoting(passing, failures))).toEqual([false, false, true, true])
    expect(isWorthNoting(planRetry(fail('forbidden'), 1, 0), 1)).toBe(true)
  })
})
