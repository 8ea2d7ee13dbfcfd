import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { createRateLimit, parseRate } from './rate-limit.ts'

test.each([
  ['200', { perSecond: 200, burst: 2000 }],
  ['5/7', { perSecond: 5, burst: 7 }],
])('the rate %s is read', (...[text, rate]) => {
  expect(parseRate(text)).toEqual(rate)
})

test.each(['', '0', '5/0', '-1', '1.5', '5/', '/5', '5/7/9', 'many', '99999999'])('the rate %j is refused', (text) => {
  expect(() => parseRate(text)).toThrow(/C8S_RATE_LIMIT/)
})

test('a burst is let through, then as many as the rate says; each key for itself', async () => {
  const timers = new FakeTimers()
  const limit = createRateLimit({ perSecond: 10, burst: 3 }, timers)
  const take = (times: number, key = 'a') => Array.from({ length: times }, () => limit.take(key))
  expect(take(5)).toEqual([0, 0, 0, 100, 100])
  expect(take(1, 'b')).toEqual([0])
  await timers.advance(99)
  expect(take(1)).toEqual([1])
  await timers.advance(1)
  expect(take(2)).toEqual([0, 100])
  await timers.advance(60_000)
  expect(take(4)).toEqual([0, 0, 0, 100])
})
