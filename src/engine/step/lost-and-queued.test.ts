import { expect, test } from 'vitest'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../../test/helpers/engine-state.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import { planRun } from '../plan.ts'

const at = Date.parse('2026-01-01T00:00:00Z')
const startTime = '2026-01-01T00:00:00Z'
const run = makeRun({
  repository: 'r',
  steps: [{ name: 'a', image: 'i', commands: ['c'] }],
  timeoutSeconds: 600,
  clone: { depth: 1, submodules: false },
})
const message = 'there is no room'
const room = {
  granted: new Set<string>(),
  waiting: new Map([['a', message]]),
  place: { position: 1, of: 1, message },
}

/** A step whose pod its node has evicted, for which the Job makes no other. */
function lose(): { readonly jobs: readonly Job[]; readonly pods: readonly Pod[] } {
  const [made] = planRun(makeSnapshot(run, at)).creations
  const { name = '', labels = {}, ...metadata } = made?.job.metadata ?? {}
  const job: Job = {
    metadata: { ...metadata, name, labels, uid: 'job', creationTimestamp: startTime },
    spec: { template: { spec: { containers: [] } } },
    status: { conditions: [{ type: 'Failed', status: 'True', lastTransitionTime: startTime }] },
  }
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid: 'job', controller: true }
  const pod: Pod = {
    metadata: { name: 'p', uid: 'p', labels, ownerReferences: [owner] },
    status: { phase: 'Failed', reason: 'Evicted', startTime },
  }
  return { jobs: [job], pods: [pod] }
}

test('a step whose pod was lost says since when it waits for room again, and its ended Job is let alone', () => {
  const lost = lose()
  const running = { ...run, status: { phase: 'Running', startTime } as const }
  const first = planRun({ ...makeSnapshot(running, at + 60_000), ...lost, room })
  expect(first.status?.steps).toMatchObject([{ reason: 'QuotaExceeded', waitingSince: '2026-01-01T00:01:00Z' }])
  const waiting = { ...run, status: first.status ?? {} }
  const later = planRun({ ...makeSnapshot(waiting, at + 120_000), ...lost, room })
  expect(later.status).toEqual(first.status)
  expect([...first.nudges, ...later.nudges]).toEqual([])
  const going = planRun({
    ...makeSnapshot(waiting, at + 180_000),
    ...lost,
    room: { ...room, granted: new Set(['a']), waiting: new Map() },
  })
  expect(going.creations.map(({ attempt }) => attempt)).toEqual([2])
  expect(going.status).toMatchObject({ pausedSeconds: 120 })
  expect(going.status?.steps?.[0]?.waitingSince).toBeUndefined()
})

test('a run whose step waits with its Job, since a quota refuses the pod, loses no time by it', () => {
  const started = { ...run, status: { phase: 'Running', startTime } as const }
  const [made] = planRun(makeSnapshot(started, at)).creations
  const metadata = { ...made?.job.metadata, uid: 'job', creationTimestamp: startTime }
  const job: Job = { metadata, spec: { template: { spec: { containers: [] } } } }
  const told =
    'Error creating: pods "p" is forbidden: exceeded quota: ci, requested: pods=1, used: pods=2, limited: pods=2'
  const facts = { jobs: [job], podCreationFailures: [{ jobUid: 'job', message: told }] }
  const first = planRun({ ...makeSnapshot(started, at + 60_000), ...facts })
  expect(first.status?.steps).toMatchObject([{ reason: 'QuotaExceeded', waitingSince: '2026-01-01T00:01:00Z' }])
  const waiting = { ...started, status: first.status ?? {} }
  const later = planRun({ ...makeSnapshot(waiting, at + 7_200_000), ...facts })
  expect(later.status).toEqual(first.status)
  const going = planRun({ ...makeSnapshot(waiting, at + 7_200_000), jobs: [job] })
  expect(going.status).toMatchObject({ phase: 'Running', pausedSeconds: 7_140 })
})

test.each([
  ['c8s is out of admission', 'AdmissionMissing'],
  ['a quota refuses its Job', 'QuotaExceeded'],
] as const)('a run whose step waits because %s loses no time by it, however often that is tried', (_, kind) => {
  const started = { ...run, status: { phase: 'Running', startTime } as const }
  const refusal = { step: 'a', attempt: 1, kind, message: 'no' } as const
  const first = planRun({ ...makeSnapshot(started, at + 60_000), refusals: [{ ...refusal, retryAt: at + 65_000 }] })
  expect(first.status?.steps).toMatchObject([{ reason: kind, waitingSince: '2026-01-01T00:01:00Z' }])
  const waiting = { ...started, status: first.status ?? {} }
  const again = planRun({ ...makeSnapshot(waiting, at + 7_200_000), refusals: [{ ...refusal, retryAt: at + 65_000 }] })
  expect(again.creations).toHaveLength(1)
  expect(again.status).toEqual(first.status)
  const metadata = { ...again.creations[0]?.job.metadata, uid: 'job', creationTimestamp: startTime }
  const job: Job = { metadata, spec: { template: { spec: { containers: [] } } } }
  const going = planRun({ ...makeSnapshot(waiting, at + 7_200_000), jobs: [job] })
  expect(going.status).toMatchObject({ phase: 'Running', pausedSeconds: 7_140 })
})
