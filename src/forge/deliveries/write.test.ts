import { expect, test } from 'vitest'
import type { Delivery } from '../../../crds/repository-connection.ts'
import { seed } from '../../../test/helpers/admission.ts'
import { aConnection, team } from '../../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import { KubeError } from '../../kube/kube-error.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { parseRow } from './row.ts'
import { createDeliveryLog } from './write.ts'

interface CoreEvent extends KubeObject {
  readonly message: string
  readonly type: string
}

const aRow = (id: string, change: Partial<Delivery> = {}): Delivery => ({
  id,
  event: 'push',
  verdict: 'Started',
  reason: 'Started',
  time: '2026-03-01T10:00:00.000Z',
  ...change,
})
const connection = aConnection({}, { uid: 'c-1' })

function openLog(options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  const timers = new FakeTimers()
  const lines: object[] = []
  const note = (fields: object) => lines.push(fields)
  const log = createDeliveryLog({
    client: kube,
    clock: { now: () => 0 },
    timers,
    component: 'c8s-server',
    log: { info: note, warn: note, error: note },
  })
  const listEvents = async () => (await kube.list<CoreEvent>(resourceTypes.event, { namespace: team })).items
  return { kube, timers, log, lines, listEvents }
}

test('a delivery becomes an Event about its connection, a moment later', async () => {
  const { timers, log, listEvents } = openLog()
  const row = aRow('d-1', {
    verdict: 'Failed',
    reason: 'ForgeUnavailable',
    message: 'the forge is away',
    commit: 'abc',
  })
  log.note(connection, row)
  log.note(connection, row)
  expect(await listEvents()).toEqual([])
  await timers.advance(1000)
  const [event, ...more] = await listEvents()
  expect(more).toEqual([])
  expect(event).toMatchObject({
    type: 'Warning',
    reason: 'Delivery',
    message: 'push abc: Failed (ForgeUnavailable): the forge is away',
    involvedObject: { kind: 'RepositoryConnection', namespace: team, name: 'forge', uid: 'c-1' },
    source: { component: 'c8s-server' },
    reportingComponent: 'c8s-server',
  })
  expect(parseRow(event?.metadata.annotations?.['c8s.dev/delivery'])).toEqual(row)
})

test('of many at once as many are told as status shows, the newest', async () => {
  const { timers, log, listEvents } = openLog()
  for (let n = 0; n < 1000; n += 1) log.note(connection, aRow(`d-${n}`))
  log.note(aConnection({}, { uid: 'c-2', name: 'other' }), aRow('d-other'))
  await timers.advance(1000)
  const ids = (await listEvents()).map(({ metadata }) => parseRow(metadata.annotations?.['c8s.dev/delivery'])?.id ?? '')
  expect(ids.toSorted()).toEqual([...Array.from({ length: 20 }, (_, n) => `d-${980 + n}`), 'd-other'].toSorted())
})

test('a long burst is told as often as a short one, each second', async () => {
  const { timers, log, listEvents } = openLog()
  for (let n = 0; n < 50; n += 1) {
    for (let m = 0; m < 10; m += 1) log.note(connection, aRow(`d-${n}-${m}`))
    await timers.advance(100)
  }
  await timers.advance(1000)
  expect((await listEvents()).length).toBeLessThanOrEqual(6 * 20)
})

test('while the API server is away it is tried again, and what is too much is dropped, counted and logged', async () => {
  let isAway = true
  const before = () => {
    if (isAway) throw new KubeError('create', { status: 0, reason: 'ConnectionFailed', detail: 'away' })
  }
  const { timers, log, lines, listEvents } = openLog({ before })
  for (let n = 0; n < 1003; n += 1) log.note(aConnection({}, { uid: `c-${n}` }), aRow(`d-${n}`))
  expect(lines).toEqual([{ lost: 1 }, { lost: 2 }])
  await timers.advance(3000)
  isAway = false
  await timers.advance(20_000)
  expect(await listEvents()).toHaveLength(1000)
})

test('what cannot be written for good is dropped and logged without a second try', async () => {
  const before = () => {
    throw new KubeError('create', { status: 403, reason: 'Forbidden', detail: 'namespace is being terminated' })
  }
  const { kube, timers, log, lines } = openLog({ before })
  log.note(connection, aRow('d-1'))
  await timers.advance(60_000)
  expect(kube.requests).toHaveLength(1)
  expect(lines).toEqual([expect.objectContaining({ lost: 1 })])
})

test('draining writes what waits, at once', async () => {
  const { kube, log, listEvents } = openLog()
  await seed(kube)
  log.note(connection, aRow('d-1'))
  await log.drain()
  expect(await listEvents()).toHaveLength(1)
})
