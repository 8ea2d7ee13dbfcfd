import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { aRun, aStep, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'
import { eventually } from '../helpers/eventually.ts'
import { type Kwok, startKwok } from '../helpers/kwok.ts'
import { type NodeScaler, startNodeScaler } from '../helpers/node-scaler.ts'

const policyName = 'e2e-autoscaling'
const cluster = new TestCluster(policyName)
const busybox = cluster.sample.images['busybox'] ?? ''
const pooled = findDocInput('docs/autoscaling.md', cluster, ['PipelineRun', 'pooled-1'])
const policy = findDocInput('docs/autoscaling.md', cluster, ['ConfigMap', 'policy-pools'])
const inSystem = (args: readonly string[], object?: object) =>
  kubectl(cluster.target, ['-n', 'c8s-system', ...args], object === undefined ? undefined : JSON.stringify(object))
let connection: KubeConnection
let kwok: Kwok
let scaler: NodeScaler

beforeAll(async () => {
  const labels = { 'c8s.dev/policy': policyName }
  inSystem(['apply', '-f', '-'], { ...policy, metadata: { name: policyName, namespace: 'c8s-system', labels } })
  cluster.createNamespace(labels)
  connection = await openConnection(process.env)
  const api = createKubeClient(connection)
  kwok = await startKwok({ target: cluster.target, client: api, stepMs: 2000 })
  const taints = [{ key: 'ci', value: 'true', effect: 'NoSchedule' }]
  const pool = { room: { cpu: '600' }, labels: { pool: 'ci' }, taints }
  scaler = startNodeScaler({ api, namespace: cluster.namespace, pool })
})
afterAll(async () => {
  await scaler.stop()
  await kwok.stop()
  connection.close()
  cluster.removeNamespace()
  inSystem(['delete', 'configmap', policyName, '--ignore-not-found'])
})

/** Asked now and then: a kubectl that waits would hold this process, and the scaler with it. */
const waitForEnd = (name: string) =>
  eventually(`the end of run ${name}`, async () => {
    const found = cluster.getRun(name)
    return found.status?.completionTime === undefined ? undefined : found
  })

test('the example of docs/autoscaling.md makes a node of its pool come, which goes when the step has ended', async () => {
  cluster.apply(pooled)
  const run = await waitForEnd('pooled-1')
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  expect(scaler.added()).toBe(1)
  await eventually('the end of the node', async () => (scaler.nodes().length === 0 ? true : undefined), 60)
}, 240_000)

test('steps that no node can take make nodes come, and nodes go when the steps have ended', async () => {
  const tolerations = [{ key: 'ci', operator: 'Exists' as const, effect: 'NoSchedule' as const }]
  // More than any machine of a test has.
  const large = { resources: { cpu: '500', memory: '32Mi', memoryLimit: '256Mi' }, tolerations, clone: false }
  const steps = ['build', 'test', 'lint'].map((name) => ({ ...aStep(name, busybox, 'true'), ...large }))
  const before = scaler.added()
  cluster.apply(aRun('scaled', cluster.sample.commits.main, { repository: sampleUrls.public, steps }))
  const run = await waitForEnd('scaled')
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  expect(scaler.added() - before).toBeGreaterThanOrEqual(steps.length)
  await eventually('the end of the last node', async () => (scaler.nodes().length === 0 ? true : undefined), 60)
}, 240_000)

test('a step that runs is not to be evicted for the sake of a smaller cluster', () => {
  const pod = cluster.podOf(cluster.getRun('scaled'), 'build')
  expect(pod.metadata.annotations).toMatchObject({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false' })
})
