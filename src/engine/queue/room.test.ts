import { expect, test } from 'vitest'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../../test/helpers/engine-state.ts'
import { planRun } from '../plan.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const run = makeRun({
  repository: 'https://git.example/r',
  steps: [
    { name: 'a', image: 'i', commands: ['c'] },
    { name: 'b', image: 'i', commands: ['c'] },
  ],
  timeoutSeconds: 600,
  clone: { depth: 1, submodules: false },
})
const message = 'it asks for 1 of pods, and ResourceQuota "ci" has 0 of 2 left'
const room = { granted: new Set(['a']), waiting: new Map([['b', message]]), place: { position: 2, of: 5, message } }

test('what has room starts, the rest waits and says where it stands', () => {
  const { creations, status, nudges } = planRun({ ...makeSnapshot(run, at), room })
  expect(creations.map(({ step }) => step)).toEqual(['a'])
  expect(nudges).toEqual([])
  expect(status).toMatchObject({
    phase: 'Pending',
    reason: 'QuotaExceeded',
    queue: { position: 2, of: 5, since: '2026-01-01T00:00:00Z', message },
    steps: [{ name: 'a' }, { name: 'b', phase: 'Pending', reason: 'QuotaExceeded', message }],
  })
})

test('since when it waits stays, and all of it goes once there is room', () => {
  const { status = {} } = planRun({ ...makeSnapshot(run, at), room })
  const waiting = { ...run, status }
  expect(planRun({ ...makeSnapshot(waiting, at + 60_000), room }).status?.queue?.since).toBe('2026-01-01T00:00:00Z')
  const going = planRun(makeSnapshot(waiting, at + 60_000))
  expect(going.creations.map(({ step }) => step)).toEqual(['a', 'b'])
  expect(going.status?.queue).toBeUndefined()
  expect(going.status?.steps?.map(({ reason }) => reason)).toEqual(['Starting', undefined])
})

test('a run that waits is cancelled at once and stands in no queue any more', () => {
  const { status = {} } = planRun({ ...makeSnapshot(run, at), room })
  const cancelled = { ...run, spec: { ...run.spec, cancel: true }, status }
  const plan = planRun({ ...makeSnapshot(cancelled, at), room: { granted: new Set<string>(), waiting: new Map() } })
  expect(plan.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
  expect(plan.status?.queue).toBeUndefined()
  expect(plan.creations).toEqual([])
})

test('one that waits for another of its concurrency group starts nothing', () => {
  const groupTurn = { after: 'first', place: { position: 1, of: 1, message: 'waits for run first' } }
  const { creations, status } = planRun({ ...makeSnapshot(run, at), groupTurn, room })
  expect(creations).toEqual([])
  expect(status).toMatchObject({ phase: 'Pending', reason: 'ConcurrencyGroup', queue: { position: 1, of: 1 } })
})

test('time in which a run that has started only waits for room does not count', () => {
  const startTime = '2026-01-01T00:00:00Z'
  const started = { ...run, status: { phase: 'Running', startTime } } as const
  const both = { granted: new Set<string>(), waiting: new Map([...room.waiting, ['a', message]]), place: room.place }
  const { status = {} } = planRun({ ...makeSnapshot(started, at + 60_000), room: both })
  expect(status.steps?.map(({ waitingSince }) => waitingSince)).toEqual(Array(2).fill('2026-01-01T00:01:00Z'))
  const waiting = { ...run, status }
  expect(planRun({ ...makeSnapshot(waiting, at + 3600_000), room: both }).status?.reason).toBe('QuotaExceeded')
  const going = planRun(makeSnapshot(waiting, at + 3600_000))
  expect(going.creations).toHaveLength(2)
  expect(going.status).toMatchObject({ pausedSeconds: 3540 })
  expect(going.status?.steps?.map(({ waitingSince }) => waitingSince)).toEqual([undefined, undefined])
})

test('nor does time in which a queue of Kueue keeps its Jobs suspended', () => {
  const startTime = '2026-01-01T00:00:00Z'
  const started = { ...run, status: { phase: 'Running', startTime } } as const
  const snapshot = makeSnapshot(started, at + 60_000)
  const jobs = planRun(snapshot).creations.map(({ job, step }) => {
    const metadata = { ...job.metadata, uid: `uid-${step}`, creationTimestamp: startTime }
    return { ...job, metadata, spec: { template: { spec: { containers: [] } }, suspend: true } }
  })
  const { status = {} } = planRun({ ...snapshot, jobs })
  expect(status).toMatchObject({ reason: 'Suspended', steps: [{ phase: 'Pending', reason: 'Suspended' }, {}] })
  const later = planRun({ ...makeSnapshot({ ...run, status }, at + 7200_000), jobs })
  expect(later.status).toMatchObject({ phase: 'Running', reason: 'Suspended' })
  expect(later.stops).toEqual([])
})

test('a step that is another run needs no room of its own, whatever waits beside it', () => {
  const [a, b] = run.spec.plan?.steps ?? []
  const call = { name: 'call', pipeline: { configRef: 'other' } }
  const plan = { ...run.spec.plan, steps: [a, b, call] } as NonNullable<typeof run.spec.plan>
  const { creations, calls } = planRun({ ...makeSnapshot({ ...run, spec: { ...run.spec, plan } }, at), room })
  expect(creations.map(({ step }) => step)).toEqual(['a'])
  expect(calls.map(({ step }) => step)).toEqual(['call'])
})
