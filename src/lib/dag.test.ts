import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findCycles, type Graph, measureLongestPath, renderCycle, sortGraph } from './dag.ts'

type Needs = Record<string, readonly string[]>

const graphOf = (needs: Needs): Graph => ({
  nodes: () => Object.keys(needs),
  needs: (node) => needs[node] ?? [],
})
const renderCycles = (needs: Needs) => findCycles(graphOf(needs)).map((cycle) => renderCycle(cycle))

/** A graph on n0..n9 with any edges. */
const anyGraph = fc
  .array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 })
  .map((edges) =>
    Object.fromEntries(
      Array.from({ length: 10 }, (_, node) => [
        `n${node}`,
        edges.filter(([from]) => from === node).map(([, to]) => `n${to}`),
      ]),
    ),
  )

describe('sortGraph', () => {
  it.each<{ name: string; needs: Needs; order: string[]; stuck: string[] }>([
    { name: 'nothing', needs: {}, order: [], stuck: [] },
    { name: 'no needs: as listed', needs: { b: [], a: [] }, order: ['b', 'a'], stuck: [] },
    { name: 'needs first', needs: { b: ['a'], a: [] }, order: ['a', 'b'], stuck: [] },
    {
      name: 'a diamond',
      needs: { d: ['b', 'c'], c: ['a'], b: ['a'], a: [] },
      order: ['a', 'c', 'b', 'd'],
      stuck: [],
    },
    { name: 'unknown needs are left out', needs: { a: ['ghost'] }, order: ['a'], stuck: [] },
    { name: 'a need named twice', needs: { a: [], b: ['a', 'a'] }, order: ['a', 'b'], stuck: [] },
    {
      name: 'a cycle and what is behind it',
      needs: { a: [], b: ['a', 'c'], c: ['b'], d: ['c'] },
      order: ['a'],
      stuck: ['b', 'c', 'd'],
    },
  ])('$name', ({ needs, order, stuck }) => {
    expect(sortGraph(graphOf(needs))).toEqual({ order, stuck })
  })

  it('puts each node after its needs, once, whatever the graph', () => {
    fc.assert(
      fc.property(anyGraph, (needs) => {
        const { order, stuck } = sortGraph(graphOf(needs))
        expect([...order, ...stuck].sort()).toEqual(Object.keys(needs).sort())
        for (const [place, node] of order.entries())
          for (const need of needs[node] ?? []) expect(order.indexOf(need)).toBeLessThan(place)
      }),
    )
  })
})

describe('findCycles', () => {
  it.each<{ name: string; needs: Needs; want: string[] }>([
    { name: 'none', needs: { a: [], b: ['a'] }, want: [] },
    { name: 'two steps', needs: { test: ['build'], build: ['test'] }, want: ['test → build → test'] },
    { name: 'itself', needs: { a: ['a'] }, want: ['a → a'] },
    {
      name: 'starts at the node listed first, not at the one found first',
      needs: { x: ['c'], a: ['b'], b: ['c'], c: ['a'] },
      want: ['a → b → c → a'],
    },
    {
      name: 'the shortest way round',
      needs: { a: ['b', 'd'], b: ['c'], c: ['d'], d: ['a'] },
      want: ['a → d → a'],
    },
    {
      name: 'two apart are both named',
      needs: { a: ['b'], b: ['a'], c: ['d'], d: ['c'] },
      want: ['a → b → a', 'c → d → c'],
    },
    {
      name: 'names of Object.prototype are names',
      needs: { constructor: ['toString'], toString: ['constructor'] },
      want: ['constructor → toString → constructor'],
    },
  ])('$name', ({ needs, want }) => {
    expect(renderCycles(needs)).toEqual(want)
  })

  it('finds one exactly where nodes are stuck, each step of it a real need', () => {
    fc.assert(
      fc.property(anyGraph, (needs) => {
        const cycles = findCycles(graphOf(needs))
        expect(cycles.length > 0).toBe(sortGraph(graphOf(needs)).stuck.length > 0)
        expect(new Set(cycles.flat()).size).toBe(cycles.flat().length)
        for (const cycle of cycles)
          for (const [place, node] of cycle.entries()) expect(needs[node]).toContain(cycle[(place + 1) % cycle.length])
      }),
    )
  })

  it('answers for a circle of 100,000 nodes and for a wide diamond without recursion', () => {
    const size = 100_000
    const circle: Graph = {
      nodes: () => Array.from({ length: size }, (_, node) => `n${node}`),
      needs: (node) => [`n${(Number(node.slice(1)) + 1) % size}`],
    }
    expect(findCycles(circle)).toHaveLength(1)
    const middle = Array.from({ length: 1000 }, (_, index) => `m${index}`)
    const diamond: Graph = {
      nodes: () => ['top', ...middle, 'bottom'],
      needs: (node) => (node === 'top' ? [] : node === 'bottom' ? middle : ['top']),
    }
    expect(findCycles(diamond)).toEqual([])
    expect(sortGraph(diamond).order.at(-1)).toBe('bottom')
  })
})

describe('renderCycle', () => {
  it('cuts a very long circle in the middle and says how much', () => {
    const cycle = Array.from({ length: 100 }, (_, index) => `s${index}`)
    expect(renderCycle(cycle, 4)).toBe('s0 → s1 → (96 more) → s98 → s99 → s0')
  })
})

describe('measureLongestPath', () => {
  it.each<{ name: string; needs: Needs; want: number }>([
    { name: 'nothing', needs: {}, want: 0 },
    { name: 'side by side', needs: { a1: [], b2: [] }, want: 2 },
    { name: 'a chain adds up', needs: { a1: [], b2: ['a1'], c3: ['b2'] }, want: 6 },
    { name: 'the slower arm of a diamond', needs: { a1: [], b2: ['a1'], c5: ['a1'], d1: ['b2', 'c5'] }, want: 7 },
  ])('$name', ({ needs, want }) => {
    expect(measureLongestPath(graphOf(needs), (node) => Number(node.slice(1)))).toBe(want)
  })
})
