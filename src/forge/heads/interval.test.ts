import { describe, expect, it } from 'vitest'
import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { planNextLook, toPollInterval } from './interval.ts'

const settings = { externalURL: 'https://c8s.test', pollIntervalMs: 300_000 }
const connection = (pollInterval?: string): RepositoryConnection => ({
  metadata: { name: 'app' },
  spec: {
    repository: 'https://git.test/a/b',
    provider: 'generic',
    ...(pollInterval === undefined ? {} : { pollInterval }),
  },
})

describe('toPollInterval', () => {
  it.each([
    [undefined, 300_000],
    ['90s', 90_000],
    ['0s', 0],
    ['nonsense', 300_000],
  ])('%s is %i ms', (given, want) => {
    expect(toPollInterval(connection(given), settings)).toBe(want)
  })
})

describe('planNextLook', () => {
  const plan = (result: Partial<Parameters<typeof planNextLook>[1]>, random = 0.5) =>
    planNextLook(300_000, { failures: 0, isBlind: false, ...result }, random)

  it('is about the interval', () => {
    expect(plan({}, 0)).toBe(270_000)
    expect(plan({}, 0.5)).toBe(300_000)
    expect(plan({}, 0.999)).toBeLessThan(330_000)
  })

  it('is soon after something failed, then later and later, never later than usual', () => {
    expect(plan({ failures: 1 })).toBe(5000)
    expect(plan({ failures: 2 })).toBe(10_000)
    expect(plan({ failures: 9 })).toBe(300_000)
    expect(plan({ failures: 1, retryAfterMs: 60_000 })).toBe(60_000)
  })

  it('leaves a forge that does not answer alone for longer', () => {
    expect([1, 2, 3, 4, 9].map((failures) => plan({ failures, isBlind: true }))).toEqual([
      300_000, 600_000, 1_200_000, 1_200_000, 1_200_000,
    ])
    expect(plan({ failures: 1, isBlind: true, retryAfterMs: 3_600_000 })).toBe(3_600_000)
  })
})
