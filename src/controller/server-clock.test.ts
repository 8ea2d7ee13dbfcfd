import { expect, test } from 'vitest'
import { ServerClock } from './server-clock.ts'

const server = Date.parse('2026-01-01T12:00:00.400Z')
/** The API server's second in which an object was created. */
const created = '2026-01-01T12:00:00Z'

function learn(skewMs: number): number {
  let local = server + skewMs
  const clock = new ServerClock({ now: () => local })
  const sentAt = clock.local()
  local += 20
  clock.learn(created, sentAt)
  return clock.now() - (server + 20)
}

test('a clock that is off by an hour is put right to a second', () => {
  for (const skew of [3_600_000, -3_600_000, 5000, -5000]) expect(Math.abs(learn(skew))).toBeLessThanOrEqual(1000)
})

test('a clock that is right stays as it is', () => {
  expect(learn(0)).toBe(0)
})

test('an answer without a time teaches nothing', () => {
  const clock = new ServerClock({ now: () => 5 })
  clock.learn(undefined, 5)
  expect(clock.now()).toBe(5)
})
