import { afterEach, expect, test } from 'vitest'
import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { Delivery } from '../../../crds/repository-connection.ts'
import { aConnection, team } from '../../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { createPartDeps, type StartedPart } from '../../../test/helpers/forge-part.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { createDeliveriesPart } from './part.ts'
import { createDeliveryLog } from './write.ts'

const aRow = (id: string, second: number, change: Partial<Delivery> = {}): Delivery => ({
  id,
  event: 'push',
  verdict: 'Started',
  reason: 'Started',
  time: `2026-03-01T10:00:${String(second).padStart(2, '0')}Z`,
  ...change,
})

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function startPart() {
  const kube = new FakeKube()
  const connection = await kube.create<RepositoryConnection>(resourceTypes.repositoryConnection, aConnection())
  const started: StartedPart = await createPartDeps({ kube })
  const part = createDeliveriesPart(started.deps)
  part.start()
  stops.push(async () => {
    await part.stop()
    await started.stop()
  })
  const { clock, timers, log } = started.deps
  const replicas = [1, 2].map(() => createDeliveryLog({ client: kube, clock, timers, log, component: 'c8s-server' }))
  const readRows = async () => {
    const found = await kube.get<RepositoryConnection>(
      resourceTypes.repositoryConnection,
      connection.metadata as { name: string },
    )
    return found?.status
  }
  return { kube, connection, replicas, readRows }
}

test('rows of two replicas end up in status, once each', async () => {
  const { connection, replicas, readRows } = await startPart()
  replicas[0]?.note(connection, aRow('a', 1, { commit: 'abc', runs: ['app-1'] }))
  replicas[1]?.note(connection, aRow('b', 2, { commit: 'def' }))
  replicas[1]?.note(connection, aRow('a', 3, { commit: 'abc', runs: ['app-1'] }))
  await Promise.all(replicas.map((replica) => replica.drain()))
  await expect.poll(async () => (await readRows())?.deliveries?.map(({ id }) => id)).toEqual(['a', 'b'])
  expect((await readRows())?.lastEvent).toEqual({ type: 'push', commit: 'abc', timestamp: '2026-03-01T10:00:03Z' })
})

test('Events of others, of another namespace and of a connection that was there before are not shown', async () => {
  const { kube, connection, replicas, readRows } = await startPart()
  const forge = (change: object, namespace = team): KubeObject => {
    const { name = '', uid = '' } = connection.metadata
    const ours = { source: { component: 'c8s-server' }, reportingComponent: 'c8s-server' }
    const annotations = { 'c8s.dev/delivery': JSON.stringify(aRow('forged', 9)) }
    const event = {
      metadata: { name: `e-${JSON.stringify(change).length}`, namespace, annotations },
      involvedObject: { kind: 'RepositoryConnection', name, namespace, uid },
      reason: 'Delivery',
      ...ours,
      ...change,
    }
    return event
  }
  await kube.create(resourceTypes.event, forge({ source: { component: 'kubelet' } }))
  await kube.create(resourceTypes.event, forge({ reportingComponent: 'someone' }))
  await kube.create(resourceTypes.event, forge({}, 'team-b'))
  await kube.create(
    resourceTypes.event,
    forge({ involvedObject: { kind: 'RepositoryConnection', name: 'forge', uid: 'old' } }),
  )
  const later = { 'c8s.dev/delivery': JSON.stringify(aRow('later', 9, { time: '9999-01-01T00:00:00Z' })) }
  await kube.create(resourceTypes.event, forge({ metadata: { name: 'later', namespace: team, annotations: later } }))
  replicas[0]?.note(connection, aRow('real', 1))
  await replicas[0]?.drain()
  await expect.poll(async () => (await readRows())?.deliveries?.map(({ id }) => id)).toEqual(['real'])
})
