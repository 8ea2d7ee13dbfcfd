import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { createThrottle } from './throttle.ts'

test('each key is let through once in a while', async () => {
  const timers = new FakeTimers()
  const mayTell = createThrottle(1000, timers)
  expect(['a', 'a', 'b', 'a'].map(mayTell)).toEqual([true, false, true, false])
  await timers.advance(999)
  expect(mayTell('a')).toBe(false)
  await timers.advance(1)
  expect(['a', 'a', 'b'].map(mayTell)).toEqual([true, false, true])
})

test('however many keys there are, memory is bounded', () => {
  const mayTell = createThrottle(1000, new FakeTimers())
  for (let n = 0; n < 30_000; n += 1) expect(mayTell(`key-${n}`)).toBe(true)
  expect(mayTell('key-29999')).toBe(false)
  // The oldest were forgotten.
  expect(mayTell('key-0')).toBe(true)
})
