import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { createBodyBudget } from './body-budget.ts'

const limits = { bytes: 100, bodies: 3, slowAfterMs: 1000 }
const evicted = () => {
  throw new Error('taken away')
}

test('room is given until it is used up, and again when it is given back', () => {
  const budget = createBodyBudget(limits, new FakeTimers())
  const first = budget.open(evicted)
  const second = budget.open(evicted)
  expect(first?.take(60)).toBe(true)
  expect(second?.take(41)).toBe(false)
  expect(second?.take(40)).toBe(true)
  expect(budget.heldBytes).toBe(100)
  first?.release()
  first?.release()
  expect(budget.heldBytes).toBe(40)
  expect(first?.take(1)).toBe(false)
  expect(second?.take(60)).toBe(true)
})

test('no more bodies than allowed are open', () => {
  const budget = createBodyBudget(limits, new FakeTimers())
  const holds = [1, 2, 3].map(() => budget.open(evicted))
  expect(budget.open(evicted)).toBeUndefined()
  holds[0]?.release()
  expect(budget.open(evicted)).toBeDefined()
  expect(budget.openBodies).toBe(3)
})

test('the oldest slow body gives way, but none that is read and none that is quick', async () => {
  const timers = new FakeTimers()
  const budget = createBodyBudget({ ...limits, bodies: 10 }, timers)
  const gone: string[] = []
  const read = budget.open(evicted)
  read?.take(30)
  read?.settle()
  const [older, newer] = ['older', 'newer'].map((name) => budget.open(() => gone.push(name)))
  older?.take(30)
  newer?.take(30)
  const asker = budget.open(evicted)
  expect(asker?.take(20)).toBe(false)
  await timers.advance(1000)
  expect(asker?.take(20)).toBe(true)
  expect(gone).toEqual(['older'])
  expect(older?.take(1)).toBe(false)
  expect(asker?.take(50)).toBe(true)
  expect(gone).toEqual(['older', 'newer'])
  expect(asker?.take(1)).toBe(false)
  expect(budget.heldBytes).toBe(100)
})

test('a slow body gives way where too many are open, even one of which nothing has come', async () => {
  const timers = new FakeTimers()
  const budget = createBodyBudget(limits, timers)
  const gone: string[] = []
  const read = budget.open(evicted)
  read?.settle()
  const trickles = ['first', 'second'].map((name) => budget.open(() => gone.push(name)))
  expect(budget.open(evicted)).toBeUndefined()
  await timers.advance(1000)
  const quick = budget.open(evicted)
  expect(quick?.take(100)).toBe(true)
  expect(gone).toEqual(['first'])
  expect(trickles[0]?.take(1)).toBe(false)
  expect(budget.openBodies).toBe(3)
})
