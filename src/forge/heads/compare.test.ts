import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Head } from '../../../crds/repository-connection.ts'
import { compareHeads, mostHeads, recordHead } from './compare.ts'

const commitOf = (serial: number) => serial.toString(16).padStart(40, '0')
const head = (ref: string, serial: number): Head => ({ ref, commit: commitOf(serial) })
const many = (count: number, start = 0) => Array.from({ length: count }, (_, index) => head(`r${start + index}`, 1))

describe('compareHeads', () => {
  it('only takes note of what it sees first', () => {
    const { moves, heads } = compareHeads(undefined, [head('b', 1), head('a', 2)])
    expect(moves).toEqual([])
    expect(heads).toEqual([head('a', 2), head('b', 1)])
  })

  it('tells new and moved refs in the order of the list, and forgets those that are gone', () => {
    const { moves, heads } = compareHeads(
      [head('a', 1), head('b', 1), head('gone', 1)],
      [head('new', 3), head('b', 2), head('a', 1)],
    )
    expect(moves).toEqual([head('new', 3), { ...head('b', 2), before: commitOf(1) }])
    // A move is recorded when it has been dealt with.
    expect(heads).toEqual([head('a', 1), head('b', 1)])
  })

  it('knows an empty repository from one it never saw', () => {
    expect(compareHeads(undefined, [])).toMatchObject({ moves: [], heads: [] })
    expect(compareHeads([], [head('main', 1)]).moves).toEqual([head('main', 1)])
  })

  it('follows only what is known where the list may be cut, and forgets nothing then', () => {
    const listed = [head('r0', 2), ...many(mostHeads - 1, 1)]
    const { moves, heads, isCut } = compareHeads([head('r0', 1), head('z', 1)], listed)
    expect(isCut).toBe(true)
    expect(moves).toEqual([{ ...head('r0', 2), before: commitOf(1) }])
    expect(heads).toHaveLength(mostHeads)
    expect(heads).toContainEqual(head('z', 1))
    expect(heads).toContainEqual(head('r0', 1))
  })

  it('starts nothing for very many new refs at once', () => {
    expect(compareHeads([], many(50)).moves).toHaveLength(50)
    const flood = compareHeads([head('a', 1)], [head('a', 2), ...many(51)])
    expect(flood.moves).toEqual([{ ...head('a', 2), before: commitOf(1) }])
    expect(flood.heads).toHaveLength(52)
  })

  it('leaves out what status could not hold', () => {
    const listed = [head('x'.repeat(513), 1), { ref: 'short', commit: 'abc' }, head('a', 1)]
    expect(compareHeads([], listed).moves).toEqual([head('a', 1)])
  })
})

/** One ref after the other is pushed to, looked at and restarted, as the numbers say. */
type Act =
  | { readonly kind: 'push'; readonly ref: string }
  | { readonly kind: 'delete'; readonly ref: string }
  | { readonly kind: 'look'; readonly failing: readonly string[]; readonly stopAfter: number }

const anyRef = fc.constantFrom('main', 'dev', 'v1', 'pull/7')
const anyAct: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), ref: anyRef }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete' as const), ref: anyRef }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      failing: fc.array(anyRef, { maxLength: 3 }),
      // A process that ends in the middle; the next begins with what was recorded.
      stopAfter: fc.constantFrom(0, 1, 2, 99),
    }),
  },
)

class Repository {
  readonly refs = new Map<string, string>()
  known: readonly Head[] | undefined
  readonly handed: Head[] = []
  #serial = 0

  push(ref: string): void {
    this.#serial += 1
    this.refs.set(ref, commitOf(this.#serial))
  }

  look(failing: readonly string[], stopAfter: number): void {
    const listed = [...this.refs].map(([ref, commit]) => ({ ref, commit }))
    const { moves, heads } = compareHeads(this.known, listed)
    this.known = heads
    for (const move of moves.slice(0, stopAfter)) {
      this.handed.push({ ref: move.ref, commit: move.commit })
      if (!failing.includes(move.ref)) this.known = recordHead(this.known, move)
    }
  }

  play(act: Act): void {
    if (act.kind === 'push') this.push(act.ref)
    else if (act.kind === 'delete') this.refs.delete(act.ref)
    else this.look(act.failing, act.stopAfter)
  }
}

describe('many looks', () => {
  it('hand each commit on exactly once where nothing fails', () => {
    fc.assert(
      fc.property(fc.array(anyAct, { maxLength: 60 }), (acts) => {
        const repository = new Repository()
        repository.look([], 99)
        const seen = new Map(repository.refs)
        const wanted: Head[] = []
        for (const act of acts) {
          if (act.kind !== 'look') {
            repository.play(act)
            continue
          }
          for (const [ref, commit] of repository.refs) if (seen.get(ref) !== commit) wanted.push({ ref, commit })
          seen.clear()
          for (const [ref, commit] of repository.refs) seen.set(ref, commit)
          repository.look([], 99)
        }
        expect(repository.handed).toEqual(wanted)
      }),
    )
  })

  it('lose none where some fail or are cut off', () => {
    fc.assert(
      fc.property(fc.array(anyAct, { maxLength: 60 }), (acts) => {
        const repository = new Repository()
        repository.push('main')
        repository.look([], 99)
        const first = new Map(repository.refs)
        for (const act of acts) repository.play(act)
        repository.look([], 99)
        for (const [ref, commit] of repository.refs) {
          const wasThere = first.get(ref) === commit
          const times = repository.handed.filter((each) => each.ref === ref && each.commit === commit).length
          expect(wasThere || times > 0).toBe(true)
        }
        const heads = [...repository.refs].map(([ref, commit]) => ({ ref, commit }))
        expect(repository.known).toEqual(heads.sort((a, b) => (a.ref < b.ref ? -1 : 1)))
        const before = repository.handed.length
        repository.look([], 99)
        expect(repository.handed).toHaveLength(before)
      }),
    )
  })
})
