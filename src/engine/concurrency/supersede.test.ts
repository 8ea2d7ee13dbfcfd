import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { RunPhase } from '../../../crds/pipeline-run.ts'
import { type GroupRunFacts, makeGroupRun } from '../../../test/helpers/group-run.ts'
import { sortByAge } from './age.ts'
import { findSuperseder, findSupersessions, toGroupKey } from './supersede.ts'

const told = (runs: readonly PipelineRun[]) =>
  findSupersessions(runs).map(({ run, by }) => `${run.metadata.name} by ${by.metadata.name}`)
const run = (name: string, more: Omit<GroupRunFacts, 'name'> = {}) => makeGroupRun({ name, ...more })
const inPhase = (phase: RunPhase, of: PipelineRun): PipelineRun => ({ ...of, status: { ...of.status, phase } })
const cancel = (of: PipelineRun): PipelineRun => ({ ...of, spec: { ...of.spec, cancel: true } })
const waiting = { concurrency: { group: 'ci-main', cancelInProgress: false } }
const untrusted = { untrusted: { reason: 'ForkPullRequest', message: 'a fork' } } as const
const pull = (number: number) => ({
  event: {
    type: 'pullRequest' as const,
    pullRequest: { number, fork: true, branch: 'main', targetBranch: 'main' },
  },
})

const cases: { name: string; runs: readonly PipelineRun[]; want: readonly string[] }[] = [
  { name: 'one run', runs: [run('a')], want: [] },
  { name: 'two', runs: [run('a'), run('b', { createdAt: 1 })], want: ['a by b'] },
  {
    name: 'three: the newest takes the place of both',
    runs: [run('a'), run('b', { createdAt: 1 }), run('c', { createdAt: 2 })],
    want: ['b by c', 'a by c'],
  },
  {
    name: 'whoever made it',
    runs: [run('a', { plan: waiting }), run('b', { createdAt: 1, event: {} })],
    want: ['a by b'],
  },
  {
    name: 'one that lets the others go on',
    runs: [run('a'), run('b', { createdAt: 1, plan: waiting })],
    want: [],
  },
  {
    name: 'one that lets them go on, behind one that does not',
    runs: [run('a'), run('b', { createdAt: 1 }), run('c', { createdAt: 2, plan: waiting })],
    want: ['a by b'],
  },
  {
    name: 'an ended one is left alone',
    runs: [inPhase('Failed', run('a')), inPhase('Succeeded', run('b', { createdAt: 1 })), run('c', { createdAt: 2 })],
    want: [],
  },
  { name: 'nothing is cancelled twice', runs: [cancel(run('a')), run('b', { createdAt: 1 })], want: [] },
  {
    name: 'a newer one that has ended still is newer',
    runs: [
      run('a', { createdAt: 2, event: {} }),
      inPhase('Succeeded', run('b', { createdAt: 1, event: { before: 'a' } })),
    ],
    want: ['a by b'],
  },
  {
    name: 'a cancelled one takes no place',
    runs: [run('a'), cancel(run('b', { createdAt: 1 })), inPhase('Cancelled', run('c', { createdAt: 2 }))],
    want: [],
  },
  {
    name: 'an untrusted one stops only its own pull request',
    runs: [
      run('main'),
      run('other', { createdAt: 1, ...pull(8) }),
      run('old', { createdAt: 2, ...pull(7) }),
      run('new', { createdAt: 3, plan: untrusted, ...pull(7) }),
      run('plain', { createdAt: 4, plan: { ...untrusted, ...waiting }, ...pull(9) }),
    ].map((each) => (each.metadata.name === 'other' || each.metadata.name === 'old' ? letGo(each) : each)),
    want: ['old by new'],
  },
]

/** It cancels nobody, so that only the untrusted one does. */
function letGo(of: PipelineRun): PipelineRun {
  const { plan } = of.spec
  return plan === undefined ? of : { ...of, spec: { ...of.spec, plan: { ...plan, ...waiting } } }
}

describe('which runs are superseded', () => {
  it.each(cases)('$name', ({ runs, want }) => {
    expect(told(runs)).toEqual(want)
    expect(told(runs.toReversed())).toEqual(want)
  })

  it('an untrusted one stops others once it is approved', () => {
    const named = run('fork', { createdAt: 1, plan: untrusted, ...pull(7) })
    const commit = 'f'.repeat(40)
    const fork = { ...named, spec: { ...named.spec, commit } }
    expect(told([run('main'), fork])).toEqual([])
    expect(told([run('main'), { ...fork, spec: { ...fork.spec, approvedCommit: commit } }])).toEqual(['main by fork'])
  })

  it('the cancelled run still finds which it was cancelled for', () => {
    const runs = [cancel(run('a')), cancel(run('b', { createdAt: 1 })), run('c', { createdAt: 2 })]
    expect(findSuperseder(runs, 'a')).toBe('c')
    expect(findSuperseder(runs, 'c')).toBeUndefined()
    expect(findSuperseder([cancel(run('a'))], 'a')).toBeUndefined()
  })

  it('groups are of one namespace', () => {
    expect(toGroupKey(run('a'))).toBe('team/ci-main')
    expect(toGroupKey({ metadata: {}, spec: { commit: 'c' } })).toBeUndefined()
  })
})

/** Runs come one after the other, and after each the decision is carried out; some end meanwhile. */
interface Arrival {
  readonly run: PipelineRun
  readonly ends: boolean
}

function play(arrivals: readonly Arrival[]): readonly PipelineRun[] {
  let known: readonly PipelineRun[] = []
  for (const arrival of arrivals) {
    const ended = arrival.ends ? known.at(-1)?.metadata.name : undefined
    known = known.map((each) =>
      each.metadata.name === ended && !isCancelled(each) ? inPhase('Succeeded', each) : each,
    )
    known = apply([...known, arrival.run])
    expect(findSupersessions(known)).toEqual([])
  }
  return known
}

const isCancelled = ({ spec }: PipelineRun) => spec.cancel === true
const isUnfinished = ({ status, spec }: PipelineRun) => status?.phase === undefined && spec.cancel !== true

function apply(runs: readonly PipelineRun[]): readonly PipelineRun[] {
  const order = sortByAge(runs)
  const supersessions = findSupersessions(runs)
  for (const { run, by } of supersessions) {
    expect(isUnfinished(run)).toBe(true)
    expect(order.indexOf(by)).toBeGreaterThan(order.indexOf(run))
  }
  return runs.map((each) => (supersessions.some(({ run }) => run === each) ? cancel(each) : each))
}

const counts = fc.integer({ min: 1, max: 10 })
const shuffled = (count: number) =>
  fc.shuffledSubarray(
    Array.from({ length: count }, (_, index) => index),
    { minLength: count },
  )

describe('of a group', () => {
  it('exactly the newest survives, in whatever order the runs are seen', () => {
    const story = counts.chain((count) =>
      fc.record({ times: fc.array(fc.nat(4), { minLength: count, maxLength: count }), order: shuffled(count) }),
    )
    fc.assert(
      fc.property(story, ({ times, order }) => {
        const runs = times.map((createdAt, index) => run(`r${index}`, { createdAt }))
        const seen = play(order.flatMap((index) => (runs[index] ? [{ run: runs[index], ends: false }] : [])))
        const newest = sortByAge(runs).at(-1)?.metadata.name
        expect(seen.filter(isUnfinished).map(({ metadata }) => metadata.name)).toEqual([newest])
      }),
    )
  })

  it('exactly the newest push survives where all are there, though they were created in another order', () => {
    const story = counts.chain((count) => fc.record({ created: shuffled(count), order: shuffled(count) }))
    fc.assert(
      fc.property(story, ({ created, order }) => {
        const runs = created.map((createdAt, index) =>
          run(`r${index}`, { createdAt, event: { before: `r${index - 1}` } }),
        )
        const left = apply(order.flatMap((index) => runs[index] ?? [])).filter(isUnfinished)
        expect(left.map(({ metadata }) => metadata.name)).toEqual([`r${runs.length - 1}`])
      }),
    )
  })

  it('as deliveries come, no push is cancelled for one that it is known to follow, and one run is always left', () => {
    const story = counts.chain((count) =>
      fc.record({ order: shuffled(count), ends: fc.array(fc.boolean(), { minLength: count, maxLength: count }) }),
    )
    fc.assert(
      fc.property(story, ({ order, ends }) => {
        const arrivals = order.map((push, createdAt) => ({
          run: run(`r${push}`, { createdAt, event: { before: `r${push - 1}` } }),
          ends: ends[createdAt] ?? false,
        }))
        const seen = play(arrivals)
        expect(seen.filter((each) => !isCancelled(each)).length).toBeGreaterThan(0)
        expect(seen.filter(isUnfinished).length).toBeLessThanOrEqual(1)
      }),
    )
  })
})
