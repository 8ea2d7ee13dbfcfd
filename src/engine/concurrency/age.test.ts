import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeGroupRun } from '../../../test/helpers/group-run.ts'
import { compareAge, sortByAge } from './age.ts'

const namesOf = (runs: readonly ReturnType<typeof makeGroupRun>[]) => runs.map(({ metadata }) => metadata.name)
const push = (name: string, createdAt: number, before?: string) =>
  makeGroupRun({ name, createdAt, event: before === undefined ? {} : { before } })

describe('which of two runs is older', () => {
  const at = (receivedAt: string) => ({ event: { receivedAt } })
  it.each([
    ['the one created first', makeGroupRun({ name: 'b' }), makeGroupRun({ name: 'a', createdAt: 1 })],
    [
      'in one second, the one that c8s learnt of first',
      makeGroupRun({ name: 'b', ...at('1970-01-01T00:00:00.100Z') }),
      makeGroupRun({ name: 'a', ...at('1970-01-01T00:00:00.200Z') }),
    ],
    [
      'times without milliseconds are times too',
      makeGroupRun({ name: 'b', ...at('1970-01-01T00:00:00Z') }),
      makeGroupRun({ name: 'a', ...at('1970-01-01T00:00:00.001Z') }),
    ],
    ['else the name tells', makeGroupRun({ name: 'a' }), makeGroupRun({ name: 'b' })],
  ])('%s', (_name, older, newer) => {
    expect([compareAge(older, newer) < 0, compareAge(newer, older) > 0, compareAge(older, older)]).toEqual([
      true,
      true,
      0,
    ])
  })
})

describe('runs by age', () => {
  it('are in the order of their pushes, though deliveries overtook each other', () => {
    const runs = [push('c', 1, 'b'), push('b', 2, 'a'), push('a', 3)]
    expect(namesOf(sortByAge(runs))).toEqual(['a', 'b', 'c'])
  })

  it('an overtaken push is older than all that its successor is older than', () => {
    const runs = [push('c', 1, 'b'), makeGroupRun({ name: 'by-hand', createdAt: 2 }), push('b', 3)]
    expect(namesOf(sortByAge(runs))).toEqual(['b', 'c', 'by-hand'])
  })

  it('a run that somebody asked for of an older commit is as new as it is', () => {
    const asked = makeGroupRun({ name: 'asked', commit: 'a', createdAt: 5, event: { command: '/retest' } })
    const scheduled = makeGroupRun({ name: 'nightly', commit: 'a', createdAt: 6, event: { type: 'schedule' } })
    const byHand = makeGroupRun({ name: 'by-hand', commit: 'a', createdAt: 7 })
    const runs = [push('b', 2, 'a'), asked, scheduled, byHand]
    expect(namesOf(sortByAge(runs))).toEqual(['b', 'asked', 'nightly', 'by-hand'])
  })

  it('pushes of other branches say nothing', () => {
    const other = makeGroupRun({ name: 'a', createdAt: 3, event: {} })
    const runs = [push('b', 2, 'a'), { ...other, spec: { ...other.spec, branch: 'other' } }]
    expect(namesOf(sortByAge(runs))).toEqual(['b', 'a'])
  })

  it('pushes back and forth are in the order of time', () => {
    const back = makeGroupRun({ name: 'back', commit: 'a', createdAt: 3, event: { before: 'b' } })
    expect(namesOf(sortByAge([back, push('b', 2, 'a'), push('a', 1)]))).toEqual(['a', 'b', 'back'])
  })

  it('are the same whatever the order they are listed in, and honour every push', () => {
    const history = fc.integer({ min: 1, max: 12 }).chain((count) =>
      fc.record({
        createdAt: fc.array(fc.nat(5), { minLength: count, maxLength: count }),
        isKnown: fc.array(fc.boolean(), { minLength: count, maxLength: count }),
        shuffle: fc.array(fc.nat(), { minLength: count, maxLength: count }),
      }),
    )
    fc.assert(
      fc.property(history, ({ createdAt, isKnown, shuffle }) => {
        const runs = createdAt.map((at, index) => push(`p${index}`, at, isKnown[index] ? `p${index - 1}` : undefined))
        const shuffled = runs
          .map((run, index) => [shuffle[index] ?? 0, run] as const)
          .sort(([a], [b]) => a - b)
          .map(([, run]) => run)
        const sorted = namesOf(sortByAge(runs))
        expect(namesOf(sortByAge(shuffled))).toEqual(sorted)
        const wrong = runs.filter(
          ({ spec, metadata }) =>
            spec.event?.before !== undefined && sorted.indexOf(spec.event.before) > sorted.indexOf(metadata.name ?? ''),
        )
        expect(namesOf(wrong)).toEqual([])
      }),
    )
  })
})
