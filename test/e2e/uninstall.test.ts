import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { deployC8s } from '../../deploy/install/deploy.ts'
import { undeploy } from '../../deploy/install/undeploy.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, readChosenCluster, TestCluster } from '../helpers/cluster.ts'

/** c8s goes while runs are under way, and comes back: what people wrote is there, and nothing waits for c8s meanwhile. */
const cluster = new TestCluster('e2e-uninstall')
const other = new TestCluster('e2e-uninstall-other')
const system = new TestCluster('c8s-system')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const configurations = 'mutatingwebhookconfigurations,validatingwebhookconfigurations'
const partOf = ['-l', 'app.kubernetes.io/part-of=c8s', '-o', 'name'] as const
let image = ''

function startRun(where: TestCluster, name: string): void {
  const steps = [
    { ...aStep('long', busybox, 'sleep 30', 'echo done'), clone: false },
    { ...aStep('after', busybox, 'echo done'), clone: false, dependsOn: ['long'] },
  ]
  where.apply(aRun(name, commits.main, { repository: sampleUrls.public, steps }))
  where.waitForStep(name, 'long', 'Running')
}

beforeAll(() => {
  image = system.run('get', 'deployment/c8s-admission', '-o', 'jsonpath={.spec.template.spec.containers[0].image}')
  cluster.createNamespace()
  other.createNamespace()
  startRun(other, 'alone')
  // The last: it is to be under way still when c8s goes.
  startRun(cluster, 'through')
})

/** With the very image that the other tests use. */
async function comeBack(): Promise<void> {
  process.env['C8S_IMAGE'] = image
  await deployC8s(readChosenCluster()).finally(() => delete process.env['C8S_IMAGE'])
}

afterAll(async () => {
  await comeBack()
  cluster.removeNamespace()
  other.removeNamespace()
}, 200_000)

test('with its pods down and its namespace held up, c8s goes all the same, and says what is left', () => {
  system.run('scale', 'deployment', '--all', '--replicas=0')
  system.run('create', 'configmap', 'held-up')
  system.run('patch', 'configmap', 'held-up', '-p', '{"metadata":{"finalizers":["example.com/never"]}}')
  const { leftover } = undeploy(cluster.target, { crds: false, waitSeconds: 5 })
  expect(leftover).toContain('c8s-system')
  expect(cluster.run('get', configurations, ...partOf)).toBe('')
  expect(cluster.run('get', 'clusterroles,clusterrolebindings', ...partOf)).toBe('')
  system.run('patch', 'configmap', 'held-up', '--type=merge', '-p', '{"metadata":{"finalizers":null}}')
}, 120_000)

test('once more: there is nothing left to do, and that is no error', () => {
  expect(undeploy(cluster.target, { crds: false })).toEqual({})
  expect(undeploy(cluster.target, { crds: false })).toEqual({})
  expect(cluster.try('get', 'namespace', 'c8s-system').code).not.toBe(0)
}, 200_000)

test('kinds and runs stay, still nobody changes a run, and the step that ran ends', () => {
  expect(
    cluster
      .run('get', 'customresourcedefinitions', ...partOf)
      .trim()
      .split('\n'),
  ).toHaveLength(3)
  const change = ['patch', 'pipelineruns.c8s.dev', 'through', '--type=merge', '-p', '{"spec":{"tag":"v1"}}']
  expect(cluster.try(...change).stderr).toContain('tag cannot be changed: create another run')
  expect(cluster.getRun('through').status?.phase).toBe('Running')
  cluster.run(
    'wait',
    '--for=condition=Complete',
    `job/${cluster.jobOf(cluster.getRun('through'), 'long')}`,
    '--timeout=120s',
  )
})

test('a namespace with runs in it can be deleted', () => {
  other.run('delete', 'namespace', other.namespace, '--wait', '--timeout=60s')
}, 90_000)

test('back again, it goes on with the run, and repeats nothing', async () => {
  await comeBack()
  const run = cluster.waitForRun('through')
  expect(run.status, run.status?.message).toMatchObject({ phase: 'Succeeded', steps: [{ attempt: 1 }, { attempt: 1 }] })
  expect(cluster.run('get', 'jobs', '-l', 'c8s.dev/run=through', '-o', 'name').trim().split('\n')).toHaveLength(2)
}, 240_000)
