import { expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { type GroupRunFacts, makeGroupRun } from '../../../test/helpers/group-run.ts'
import { findGroupTurns } from './turn.ts'

const concurrency = { group: 'ci-main', cancelInProgress: false }
const aRun = (name: string, more: Partial<GroupRunFacts> & { status?: PipelineRun['status'] } = {}): PipelineRun => {
  const { status, plan, ...facts } = more
  const run = makeGroupRun({ name, createdAt: name.charCodeAt(0), ...facts, plan: { concurrency, ...plan } })
  return status === undefined ? run : { ...run, status }
}
const untrusted = { reason: 'ForkPullRequest', message: 'a fork' } as const
const pull = (number: number) => ({
  type: 'pullRequest' as const,
  pullRequest: { number, fork: true, branch: 'b', targetBranch: 'main' },
})
const begun: PipelineRun['status'] = { phase: 'Running', startTime: '2026-01-01T00:00:00Z' }

/** `b1<a`: b stands first and waits for a. */
function tell(runs: readonly PipelineRun[]): string {
  const turns = findGroupTurns({
    runs,
    hasBegun: ({ status }) => status?.startTime !== undefined,
  })
  return [...turns].map(([name, { after, place }]) => `${name}${place.position}<${after}`).join(' ')
}

test.each<[string, readonly PipelineRun[], string]>([
  ['one alone', [aRun('a')], ''],
  ['the oldest first', [aRun('c'), aRun('a'), aRun('b')], 'b1<a c2<a'],
  ['what has begun goes on, whatever is older', [aRun('a'), aRun('b', { status: begun })], 'a1<b'],
  ['two that have begun both do', [aRun('a', { status: begun }), aRun('b', { status: begun }), aRun('c')], 'c1<a'],
  ['ended ones are out of it', [aRun('a', { status: { phase: 'Failed' } }), aRun('b')], ''],
  [
    'one that is cancelled before it began too',
    [{ ...aRun('a'), spec: { ...aRun('a').spec, cancel: true } }, aRun('b')],
    '',
  ],
  [
    'but not one that is still being stopped',
    [{ ...aRun('a', { status: begun }), spec: { ...aRun('a').spec, cancel: true } }, aRun('b')],
    'b1<a',
  ],
  [
    'one that cancels others waits for nobody',
    [aRun('a', { status: begun }), aRun('b', { plan: { concurrency: { ...concurrency, cancelInProgress: true } } })],
    '',
  ],
  [
    'a fork holds up only its own pull request',
    [
      aRun('a', { plan: { untrusted }, event: pull(1), status: begun }),
      aRun('b'),
      aRun('c', { plan: { untrusted }, event: pull(1) }),
    ],
    'c1<a',
  ],
  [
    'one that waits for approval holds up nobody',
    [
      aRun('a', {
        plan: {
          untrusted,
          steps: [{ name: 's', image: 'i', commands: ['c'], secrets: [{ secretRef: 's', key: 'k' }] }],
        },
        event: pull(1),
      }),
      aRun('b', { plan: { untrusted }, event: pull(1) }),
    ],
    '',
  ],
])('%s', (_, runs, want) => {
  expect(tell(runs)).toBe(want)
  expect(tell(runs.toReversed())).toBe(want)
})

test('it names the run and the group', () => {
  const turns = findGroupTurns({ runs: [aRun('a'), aRun('b')], hasBegun: () => false })
  expect(turns.get('b')?.place).toEqual({
    position: 1,
    of: 1,
    message: 'run a of concurrency group "ci-main" comes first',
  })
})

test('who waits for whom is told in time that does not grow with the square of the group', () => {
  let looks = 0
  const watched = (run: PipelineRun): PipelineRun => ({
    ...run,
    get spec() {
      looks += 1
      return run.spec
    },
  })
  const count = 2000
  const runs = Array.from({ length: count }, (_, index) => {
    const isFork = index % 2 === 0
    const plan = { concurrency, ...(isFork ? { untrusted } : {}) }
    const name = String(index).padStart(6, '0')
    return watched(makeGroupRun({ name, createdAt: index, plan, ...(isFork ? { event: pull(index) } : {}) }))
  })
  const turns = findGroupTurns({ runs, hasBegun: () => false })
  expect(turns.size).toBe(count - 2)
  expect(looks).toBeLessThan(count * 100)
})
