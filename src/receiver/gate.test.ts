import { expect, test } from 'vitest'
import { FakeTimers, settle } from '../../test/helpers/fake-timers.ts'
import { createGate } from './gate.ts'

function startWork(count: number, limits = { running: 2, waiting: 2, waitMs: 1000 }) {
  const timers = new FakeTimers()
  const gate = createGate(limits, timers)
  const started: number[] = []
  const ends = Array.from({ length: count }, () => Promise.withResolvers<string>())
  const results = ends.map(({ promise }, index) =>
    gate.run(() => {
      started.push(index)
      return promise
    }),
  )
  return { timers, gate, started, ends, results }
}

test('so many run at once, so many wait in order, the others are sent away', async () => {
  const { gate, started, ends, results } = startWork(5)
  await settle()
  expect(started).toEqual([0, 1])
  expect(await results[4]).toBeUndefined()
  ends[1]?.resolve('one')
  await settle()
  expect(started).toEqual([0, 1, 2])
  expect(gate.running).toBe(2)
  for (const { resolve } of ends) resolve('done')
  expect(await Promise.all(results)).toEqual(['done', 'one', 'done', 'done', undefined])
  expect(gate.running).toBe(0)
})

test('who waits for too long is sent away, and work that fails leaves its place', async () => {
  const { timers, gate, started, ends, results } = startWork(3)
  await timers.advance(1000)
  expect(await results[2]).toBeUndefined()
  ends[0]?.reject(new Error('no'))
  ends[1]?.resolve('one')
  await expect(results[0]).rejects.toThrow('no')
  expect(await results[1]).toBe('one')
  expect(started).toEqual([0, 1])
  expect(gate.running).toBe(0)
  expect(await gate.run(async () => 'next')).toBe('next')
})
