import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { apiVersion } from '../../../crds/labels.ts'
import type { RunEvent } from '../../../crds/parts/event.ts'
import type { History } from '../../../crds/parts/placement.ts'
import type { PipelineRunSpec, RunPhase } from '../../../crds/pipeline-run.ts'
import type { ObjectMeta } from '../../lib/kubernetes.ts'
import { findExpired, type RetentionContext } from './expire.ts'
import { findFileHistory, parseHistoryKey, toHistoryKey, usualLimit } from './history.ts'
import { isKeptByOthers, pickMarks } from './keepers.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000).toISOString()
const event = { type: 'push', connection: 'forge', pipeline: 'web', receivedAt: hoursAgo(30) } as const

interface Given {
  readonly name: string
  readonly phase?: RunPhase
  /** Hours since it ended; it was made an hour before. */
  readonly ended?: number
  readonly byEvent?: boolean
  readonly told?: boolean
  readonly metadata?: ObjectMeta
  readonly spec?: Partial<PipelineRunSpec>
}

function aRun({
  name,
  phase = 'Succeeded',
  ended = 30,
  byEvent = false,
  told = true,
  metadata,
  spec,
}: Given): PipelineRun {
  const report = { state: phase === 'Succeeded' ? 'success' : phase === 'Cancelled' ? 'error' : 'failure' } as const
  return {
    apiVersion,
    kind: 'PipelineRun',
    metadata: { name, namespace: 'team', uid: `uid-${name}`, creationTimestamp: hoursAgo(ended + 1), ...metadata },
    spec: { commit: 'c0ffee0', pipelineConfigRef: 'web', ...(byEvent ? { event } : {}), ...spec },
    status: { phase, completionTime: hoursAgo(ended), ...(byEvent && told ? { report } : {}) },
  }
}

const plain: RetentionContext = { now, hasOpenCalls: () => false, hasListener: () => true }
const expire = (runs: readonly PipelineRun[], history?: History, context: Partial<RetentionContext> = {}) =>
  findExpired(runs, history, { ...plain, ...context }).expired.map(({ metadata }) => metadata.name)

const many = (count: number, given: Omit<Given, 'name'> = {}) =>
  Array.from({ length: count }, (_, at) =>
    aRun({ name: `run-${String(at).padStart(3, '0')}`, ended: 1000 - at, ...given }),
  )

describe('limits', () => {
  const five = many(5)

  test.each<[string, PipelineRun[], History | undefined, string[]]>([
    ['nothing is said, and persons made them', many(300), undefined, []],
    ['the oldest go', five, { successful: 3 }, ['run-000', 'run-001']],
    ['none is kept', five, { successful: 0 }, five.map(({ metadata }) => metadata.name ?? '')],
    ['the other sort is not touched', five, { failed: 0 }, []],
    [
      'failed and cancelled ones count together',
      [aRun({ name: 'a', phase: 'Failed', ended: 9 }), aRun({ name: 'b', phase: 'Cancelled', ended: 8 })],
      { failed: 1 },
      ['a'],
    ],
    ['one that runs is not counted', [...five, aRun({ name: 'z', phase: 'Running' })], { successful: 5 }, []],
    ['age', five, { maxAge: '998h' }, ['run-000', 'run-001', 'run-002']],
    ['age and number', five, { maxAge: '999h', successful: 4 }, ['run-000', 'run-001']],
    [
      'one that is going already',
      [aRun({ name: 'a', metadata: { deletionTimestamp: hoursAgo(0) } }), aRun({ name: 'b' })],
      { successful: 1 },
      [],
    ],
  ])('%s', (...[, runs, history, want]) => {
    expect(expire(runs, history)).toEqual(want)
  })

  test('where nothing is said, a hundred of those that events made are kept', () => {
    const runs = [...many(usualLimit + 2, { byEvent: true }), aRun({ name: 'by-hand', ended: 2000 })]
    expect(expire(runs)).toEqual(['run-000', 'run-001'])
  })

  test('it is told when the next one is old enough', () => {
    const { expired, recheckAt } = findExpired(many(2), { maxAge: '1000h' }, plain)
    expect(expired.map(({ metadata }) => metadata.name)).toEqual(['run-000'])
    expect(recheckAt).toBe(now + 3_600_000)
  })
})

describe('what stays', () => {
  const none: History = { successful: 0, failed: 0 }

  test.each<[string, ObjectMeta]>([
    [
      'Argo CD, by annotation',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'app:c8s.dev/PipelineRun:team/run' } },
    ],
    ['Argo CD, by label', { labels: { 'app.kubernetes.io/instance': 'app' } }],
    ['Flux, by kustomization', { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }],
    ['kubectl, by ApplySet', { labels: { 'applyset.kubernetes.io/part-of': 'applyset-x-v1' } }],
    ['Flux, by Helm release', { labels: { 'helm.toolkit.fluxcd.io/name': 'apps' } }],
    ['Helm', { labels: { 'app.kubernetes.io/managed-by': 'Helm' } }],
    ['another object', { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'a', uid: 'u' }] }],
  ])('what %s owns, also as a stub, and it is not counted', (_name, metadata) => {
    const owned = aRun({ name: 'owned', ended: 100, metadata })
    expect(expire([owned], none)).toEqual([])
    expect(isKeptByOthers({ metadata: { name: 'owned', ...pickMarks(metadata) } })).toBe(true)
    expect(expire([owned, aRun({ name: 'own' })], { successful: 1 })).toEqual([])
  })

  test('of what others own, what is over the limits is compacted, oldest first, and once', () => {
    const metadata = { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } }
    const kept = many(5, { metadata })
    const compact = (runs: readonly PipelineRun[], history?: History, context: Partial<RetentionContext> = {}) =>
      findExpired(runs, history, { ...plain, ...context }).compactable.map(({ metadata: { name } }) => name)
    const own = aRun({ name: 'own', ended: 5000 })
    expect(compact([...kept, own], { successful: 3 })).toEqual(['run-000', 'run-001'])
    expect(expire([...kept, own], { successful: 3 })).toEqual([])
    expect(compact(kept, { maxAge: '998h' })).toEqual(['run-000', 'run-001', 'run-002'])
    expect(compact(kept)).toEqual([])
    expect(compact(kept, none, { hasOpenCalls: () => true })).toEqual([])
    expect(compact([aRun({ name: 'r', phase: 'Running', metadata })], none)).toEqual([])
    const [first, ...rest] = kept.map((run) => ({ ...run, status: { ...run.status, compactedAt: hoursAgo(1) } }))
    expect(compact([...rest, ...(first === undefined ? [] : [first])], none)).toEqual([])
    expect(findExpired(kept, { maxAge: '1000h' }, plain).recheckAt).toBe(now + 3_600_000)
    // Nobody's any more: c8s deletes it like any other.
    expect(expire([{ ...rest[0], metadata: { name: 'left' } } as PipelineRun], none)).toEqual(['left'])
  })

  test('marks of c8s itself are no reason to stay, and cost no memory', () => {
    const metadata = { labels: { 'c8s.dev/config': 'web', team: 'a' }, annotations: { note: 'x' }, ownerReferences: [] }
    expect(pickMarks(metadata)).toEqual({})
    expect(
      expire([aRun({ name: 'a', metadata: { labels: { 'app.kubernetes.io/managed-by': 'kustomize' } } })], none),
    ).toEqual(['a'])
  })

  test('a run whose called runs are under way', () => {
    expect(expire([aRun({ name: 'caller' })], none, { hasOpenCalls: () => true })).toEqual([])
  })

  test('a run of which the forge has yet to hear, for a day', () => {
    const untold = (ended: number) => [aRun({ name: 'a', byEvent: true, told: false, ended })]
    expect(expire(untold(23), none)).toEqual([])
    expect(expire(untold(25), none)).toEqual(['a'])
    expect(expire(untold(23), none, { hasListener: () => false })).toEqual(['a'])
    expect(findExpired(untold(23), none, plain).recheckAt).toBe(now + 3_600_000)
  })

  test('a run of an event, for an hour: a look at the forge could make it again', () => {
    const young = aRun({ name: 'a', byEvent: true, ended: 0.1, metadata: { creationTimestamp: hoursAgo(0.5) } })
    expect(expire([young], none)).toEqual([])
    expect(expire([{ ...young, spec: { ...young.spec, event: undefined } } as unknown as PipelineRun], none)).toEqual([
      'a',
    ])
  })
})

const arbitraryRun = fc.record({
  phase: fc.constantFrom<RunPhase>('Succeeded', 'Failed', 'Cancelled', 'Running', 'Pending'),
  ended: fc.integer({ min: 0, max: 200 }),
  byEvent: fc.boolean(),
  told: fc.boolean(),
  metadata: fc.constantFrom<ObjectMeta>({}, { labels: { 'app.kubernetes.io/instance': 'x' } }),
})
const arbitraryHistory = fc.record(
  { successful: fc.nat(5), failed: fc.nat(5), maxAge: fc.constantFrom('1h', '100h') },
  { requiredKeys: [] },
)

test('what was deleted is never missed: another pass deletes nothing more, and no ended one stays that is over', () => {
  fc.assert(
    fc.property(fc.array(arbitraryRun, { maxLength: 30 }), arbitraryHistory, (given, history) => {
      const runs = given.map((each, at) => aRun({ name: `r${at}`, ...each }))
      const { expired } = findExpired(runs, history, plain)
      const left = runs.filter((run) => !expired.includes(run))
      expect(findExpired(left, history, plain).expired).toEqual([])
      expect(expired.every(({ status }) => status?.phase !== 'Running' && status?.phase !== 'Pending')).toBe(true)
      const tied = left.filter(
        (run) => run.status?.phase === 'Succeeded' && !isKeptByOthers(run) && run.spec.event === undefined,
      )
      if (history.successful !== undefined) expect(tied.length).toBeLessThanOrEqual(history.successful)
    }),
  )
})

describe('which runs count together', () => {
  const inline = { pipelineConfigRef: undefined } as unknown as Partial<PipelineRunSpec>

  test.each<[string, Given, string | undefined]>([
    ['of a config', { name: 'a' }, 'team/config/web'],
    ['of a config, by an event', { name: 'a', byEvent: true }, 'team/config/web'],
    ['of a file of the repository', { name: 'a', byEvent: true, spec: inline }, 'team/file/forge/web'],
    ['by hand, with its pipeline in it', { name: 'a', spec: inline }, undefined],
    ['called by another', { name: 'a', spec: { parent: { name: 'p', uid: 'u', step: 's' } } }, undefined],
  ])('%s', (_name, given, want) => {
    expect(toHistoryKey(aRun(given))).toBe(want)
  })

  test('the key tells the config', () => {
    expect(parseHistoryKey('team/config/web')).toEqual({ namespace: 'team', config: 'web' })
    expect(parseHistoryKey('team/file/forge/web')).toEqual({ namespace: 'team' })
  })

  test('of a file counts what its newest commit said', () => {
    const plan = { repository: 'r', steps: [], timeoutSeconds: 1, clone: { depth: 1, submodules: false } }
    const of = (receivedAt: string, history?: History, more: Partial<RunEvent> = {}) =>
      aRun({
        name: receivedAt,
        byEvent: true,
        spec: { event: { ...event, receivedAt, ...more }, plan: { ...plan, ...(history && { history }) } },
      })
    const runs = [of('2026-01-02', { successful: 2 }), of('2026-01-03', { successful: 3 }), of('2026-01-01')]
    expect(findFileHistory(runs)).toEqual({ successful: 3 })
    expect(findFileHistory([...runs, of('2026-01-04')])).toBeUndefined()
    // Anybody may send one, and would have the runs of others deleted.
    const pullRequest = { number: 7, fork: true, branch: 'x', targetBranch: 'main' }
    expect(findFileHistory([...runs, of('2026-01-05', { successful: 0 }, { pullRequest })])).toEqual({ successful: 3 })
  })
})
