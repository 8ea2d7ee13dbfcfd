import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { aRun, aStep, TestCluster } from '../helpers/cluster.ts'
import { eventually } from '../helpers/eventually.ts'
import { type Kwok, startKwok } from '../helpers/kwok.ts'
import { type NodeScaler, startNodeScaler } from '../helpers/node-scaler.ts'

const cluster = new TestCluster('e2e-autoscaling')
const busybox = cluster.sample.images['busybox'] ?? ''
let connection: KubeConnection
let kwok: Kwok
let scaler: NodeScaler

/** More than any machine of a test has. */
const large = { cpu: '500', memory: '32Mi', memoryLimit: '256Mi' }

beforeAll(async () => {
  cluster.createNamespace()
  connection = await openConnection(process.env)
  const api = createKubeClient(connection)
  kwok = await startKwok({ target: cluster.target, client: api, stepMs: 2000 })
  scaler = startNodeScaler({ api, namespace: cluster.namespace, room: { cpu: '600' } })
})
afterAll(async () => {
  await scaler.stop()
  await kwok.stop()
  connection.close()
  cluster.removeNamespace()
})

test('steps that no node can take make nodes come, and nodes go when the steps have ended', async () => {
  const steps = ['build', 'test', 'lint'].map((name) => ({
    ...aStep(name, busybox, 'true'),
    clone: false,
    resources: large,
  }))
  cluster.apply(aRun('scaled', cluster.sample.commits.main, { repository: sampleUrls.public, steps }))
  // Asked now and then: a kubectl that waits would hold this process, and the scaler with it.
  const run = await eventually('the end of the run', async () => {
    const found = cluster.getRun('scaled')
    return found.status?.completionTime === undefined ? undefined : found
  })
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  expect(scaler.added()).toBeGreaterThanOrEqual(steps.length)
  await eventually('the end of the last node', async () => (scaler.nodes().length === 0 ? true : undefined), 60)
}, 240_000)

test('a step that runs is not to be evicted for the sake of a smaller cluster', () => {
  const pod = cluster.podOf(cluster.getRun('scaled'), 'build')
  expect(pod.metadata.annotations).toMatchObject({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' })
})
