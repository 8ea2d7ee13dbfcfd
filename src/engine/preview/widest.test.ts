import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { findWidest, type Load } from './widest.ts'

const load = (name: string, amount: number, ...needs: string[]): Load => ({ name, needs, amount: BigInt(amount) })

test.each<[string, Load[], number]>([
  ['nothing', [], 0],
  ['one', [load('a', 3)], 3],
  ['a chain runs one after another', [load('a', 3), load('b', 5, 'a'), load('c', 2, 'b')], 5],
  ['a diamond', [load('a', 1), load('b', 2, 'a'), load('c', 3, 'a'), load('d', 4, 'b', 'c')], 5],
  ['two chains of unlike length', [load('a', 4), load('b', 1, 'a'), load('c', 1), load('d', 6, 'c')], 10],
  // A sum of each level would say 6: the slow one of the first level runs beside the second of the other chain.
  ['across levels', [load('a', 5), load('b', 1), load('c', 5, 'b')], 10],
  ['through one that asks for nothing', [load('a', 3), load('b', 0, 'a'), load('c', 3, 'b')], 3],
  ['a need that is no load', [load('a', 3, 'gone')], 3],
])('%s', (_name, loads, want) => {
  expect(findWidest(loads)).toBe(BigInt(want))
})

const arbitraryLoads = fc.integer({ min: 1, max: 7 }).chain((count) =>
  fc.tuple(
    ...Array.from({ length: count }, (_, at) =>
      fc.record({
        name: fc.constant(`s${at}`),
        needs: fc.subarray(Array.from({ length: at }, (_each, before) => `s${before}`)),
        amount: fc.bigInt(0n, 9n),
      }),
    ),
  ),
)

/** By trying every set of loads. */
function tryAll(loads: readonly Load[]): bigint {
  const before = new Map<string, Set<string>>()
  for (const { name, needs } of loads) {
    before.set(name, new Set(needs.flatMap((need) => [need, ...(before.get(need) ?? [])])))
  }
  let most = 0n
  for (let set = 0; set < 2 ** loads.length; set += 1) {
    const chosen = loads.filter((_, at) => (set >> at) % 2 === 1)
    const isFree = chosen.every(({ name }) => chosen.every((other) => before.get(name)?.has(other.name) !== true))
    const sum = chosen.reduce((total, { amount }) => total + amount, 0n)
    if (isFree && sum > most) most = sum
  }
  return most
}

test('it is the heaviest set of which none needs another', () => {
  fc.assert(
    fc.property(arbitraryLoads, (loads) => {
      expect(findWidest(loads)).toBe(tryAll(loads))
    }),
  )
})

test('a thousand steps are quick', () => {
  const loads = Array.from({ length: 1000 }, (_, at) =>
    load(`s${at}`, 1, ...(at < 10 ? [] : [`s${at - 10}`, `s${at - 7}`])),
  )
  const begin = performance.now()
  expect(findWidest(loads)).toBeGreaterThan(1n)
  expect(performance.now() - begin).toBeLessThan(1000)
})
