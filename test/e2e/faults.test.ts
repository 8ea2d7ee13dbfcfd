import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { askEtcd } from '../helpers/local-etcd.ts'
import { killPart } from '../helpers/local-parts.ts'

/** What happens to clusters, to a run that is under way: each ends as if nothing had happened, and nothing is done twice. */
const cluster = new TestCluster('e2e-faults')
const system = new TestCluster('c8s-system')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const isLocal = readChosenCluster().kind === 'local'

/** Three steps one after another, each of which says so once. The first may take another time than the others. */
const names = ['first', 'second', 'third']
function startChain(name: string, seconds: number, first = seconds): void {
  const steps = names.map((step, i) => ({
    ...aStep(step, busybox, `sleep ${i === 0 ? first : seconds}`, `echo done ${step}`),
    clone: false,
    dependsOn: names.slice(Math.max(0, i - 1), i),
  }))
  cluster.apply(aRun(name, commits.main, { repository, steps }))
}

function jobsOf(run: string): readonly string[] {
  return cluster.run('get', 'jobs', '-l', `c8s.dev/run=${run}`, '-o', 'name').trim().split('\n')
}

function expectEachOnce(run: PipelineRun): void {
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  expect(jobsOf(run.metadata.name ?? '')).toHaveLength(names.length)
  for (const step of names) expect(cluster.logOf(run, step).match(/^done /gm)).toHaveLength(1)
}

beforeAll(() => cluster.createNamespace())
afterAll(() => {
  system.run('rollout', 'status', 'deployment/c8s-controller', '--timeout=90s')
  cluster.removeNamespace()
})

test('the controller killed every three seconds', async () => {
  startChain('killed', 4)
  for (let i = 0; i < 5; i += 1) {
    system.run('delete', 'pods', '-l', 'app.kubernetes.io/component=controller', '--grace-period=0', '--force')
    await pause(3000)
  }
  expectEachOnce(cluster.waitForRun('killed'))
}, 200_000)

test('the webhooks killed while steps are to be started', async () => {
  startChain('unadmitted', 2)
  for (let i = 0; i < 3; i += 1) {
    system.run('delete', 'pods', '-l', 'app.kubernetes.io/component=admission', '--grace-period=0', '--force')
    await pause(2000)
  }
  expectEachOnce(cluster.waitForRun('unadmitted'))
}, 200_000)

test.runIf(isLocal)(
  'the API server killed, and the store compacted behind the watches',
  async () => {
    startChain('compacted', 5)
    cluster.waitForStep('compacted', 'first', 'Running')
    const { header } = await askEtcd<{ header: { revision: string } }>('/v3/kv/range', { key: 'AA==' })
    await askEtcd('/v3/kv/compaction', { revision: header.revision, physical: true })
    await killPart('kube-apiserver', 4)
    expectEachOnce(cluster.waitForRun('compacted'))
  },
  200_000,
)

test.runIf(isLocal)(
  'kubelet away while a step ends',
  async () => {
    startChain('unattended', 6)
    cluster.waitForStep('unattended', 'first', 'Running')
    await killPart('kubelet', 8)
    expectEachOnce(cluster.waitForRun('unattended'))
  },
  200_000,
)

test('a pod that is drained from its node starts again, and its loss is no failure', () => {
  startChain('drained', 1, 20)
  cluster.waitForStep('drained', 'first', 'Running')
  const node = cluster.podOf(cluster.getRun('drained'), 'first').spec
  const nodeName = (node as { nodeName?: string } | undefined)?.nodeName ?? ''
  const drain = ['--pod-selector=c8s.dev/run=drained', '--ignore-daemonsets', '--delete-emptydir-data', '--force']
  try {
    cluster.run('drain', nodeName, ...drain, '--grace-period=1', '--timeout=60s')
  } finally {
    cluster.run('uncordon', nodeName)
  }
  const run = cluster.waitForRun('drained')
  expectEachOnce(run)
  expect(run.status?.steps?.[0]).toMatchObject({ phase: 'Succeeded', attempt: 2 })
}, 200_000)

test('a pod that somebody deletes by force is made anew', () => {
  startChain('deleted', 4)
  cluster.waitForStep('deleted', 'first', 'Running')
  const pod = cluster.podOf(cluster.getRun('deleted'), 'first').metadata.name ?? ''
  cluster.run('delete', 'pod', pod, '--grace-period=0', '--force')
  const run = cluster.waitForRun('deleted')
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
}, 200_000)
