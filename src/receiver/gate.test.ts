import { expect, test } from 'vitest'
import { FakeTimers, settle } from '../../test/helpers/fake-timers.ts'
import { createGate, type GateLimits } from './gate.ts'

const usual: GateLimits = { running: 2, runningOfOne: 2, waiting: 2, waitMs: 1000 }

/** One piece of work for each letter, which says for whom it is. */
function startWork(parties: string, limits = usual) {
  const timers = new FakeTimers()
  const gate = createGate(limits, timers)
  const started: number[] = []
  const ends = [...parties].map(() => Promise.withResolvers<string>())
  const results = ends.map(({ promise }, index) =>
    gate.run(parties[index] ?? '', () => {
      started.push(index)
      return promise
    }),
  )
  return { timers, gate, started, ends, results }
}

test('so many run at once, so many wait in order, the others are sent away', async () => {
  const { gate, started, ends, results } = startWork('aaaaa')
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
  const { timers, gate, started, ends, results } = startWork('aaa')
  await timers.advance(1000)
  expect(await results[2]).toBeUndefined()
  ends[0]?.reject(new Error('no'))
  ends[1]?.resolve('one')
  await expect(results[0]).rejects.toThrow('no')
  expect(await results[1]).toBe('one')
  expect(started).toEqual([0, 1])
  expect(gate.running).toBe(0)
  expect(await gate.run('a', async () => 'next')).toBe('next')
})

test('nobody takes all places, and the turn goes to who has the fewest', async () => {
  const { started, ends } = startWork('aaaabc', { running: 3, runningOfOne: 2, waiting: 10, waitMs: 1000 })
  await settle()
  expect(started).toEqual([0, 1, 4])
  ends[0]?.resolve('')
  await settle()
  expect(started).toEqual([0, 1, 4, 5])
  ends[4]?.resolve('')
  await settle()
  expect(started).toEqual([0, 1, 4, 5, 2])
})

test('who has the most waiting gives way in a full queue, the last that came', async () => {
  const { gate, started, ends, results } = startWork('aaaaab', {
    running: 1,
    runningOfOne: 1,
    waiting: 3,
    waitMs: 1000,
  })
  await settle()
  expect(await results[4]).toBeUndefined()
  expect(await results[3]).toBeUndefined()
  expect(await gate.run('a', async () => 'too many')).toBeUndefined()
  for (const { resolve } of ends) resolve('done')
  await settle()
  expect(started).toEqual([0, 1, 2, 5])
  expect(gate.running).toBe(0)
})
