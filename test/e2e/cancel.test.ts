import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'

const cluster = new TestCluster('e2e-cancel')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const plain = (name: string, ...commands: readonly string[]) => ({ ...aStep(name, busybox, ...commands), clone: false })
const phasesOf = (name: string) =>
  Object.fromEntries(cluster.getRun(name).status?.steps?.map((row) => [row.name, row.phase]) ?? [])
const cancel = (name: string) =>
  cluster.run('patch', 'pipelineruns.c8s.dev', name, '--type=merge', '-p', '{"spec":{"cancel":true}}')

/** Room for one step and not for two. */
const quota: Manifest = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'small' },
  spec: { hard: { 'count/jobs.batch': '1' } },
}

beforeAll(() => cluster.createNamespace())
afterAll(() => cluster.removeNamespace())

test('a cancelled run: SIGTERM and grace, logs up to the end, nothing new, and then what is to run at the end', () => {
  cluster.apply(findDocInput('docs/runs.md', cluster, ['PipelineRun', 'long-1']))
  cluster.waitForStep('long-1', 'serve', 'Running')
  cancel('long-1')
  const run = cluster.waitForRun('long-1')
  expect(run.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
  expect(phasesOf('long-1')).toEqual({ serve: 'Cancelled', after: 'Skipped', sweep: 'Succeeded' })
  expect(cluster.logOf(run, 'serve')).toMatch(/started\n(.*\n)*told\ntidied/)
  expect(cluster.logOf(run, 'sweep')).toContain('swept')
  const jobs = cluster.run('get', 'jobs', '-l', 'c8s.dev/run=long-1', '-o', 'name').trim().split('\n')
  expect(jobs).toHaveLength(2)
})

test('a run that is queued is cancelled at once, and makes room in the queue', () => {
  cluster.apply(quota)
  cluster.run('wait', '--for=jsonpath={.status.hard}', 'resourcequota/small', '--timeout=30s')
  cluster.run('delete', 'jobs', '--all', '--wait')
  cluster.apply(aRun('first', commits.main, { repository, steps: [plain('hold', 'sleep 110')] }))
  cluster.waitForStep('first', 'hold', 'Running')
  cluster.apply(aRun('second', commits.main, { repository, steps: [plain('wait', 'true')] }))
  cluster.run('wait', '--for=jsonpath={.status.queue.position}=1', 'pipelineruns.c8s.dev/second', '--timeout=60s')
  cancel('second')
  const run = cluster.waitForRun('second', 20)
  expect(run.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
  expect(run.status?.queue).toBeUndefined()
  expect(phasesOf('second')).toEqual({ wait: 'Skipped' })
  expect(phasesOf('first')).toEqual({ hold: 'Running' })
  cancel('first')
  expect(cluster.waitForRun('first').status?.phase).toBe('Cancelled')
})

test("a run's time counts from its first running container, not from its creation", async () => {
  const room = (jobs: number) =>
    cluster.run(
      'patch',
      'resourcequota',
      'small',
      '--type=merge',
      '-p',
      `{"spec":{"hard":{"count/jobs.batch":"${jobs}"}}}`,
    )
  room(10)
  const large = { ...plain('quick', 'sleep 1'), resources: { cpu: '1', memory: '32Mi' } }
  const cpu = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'cpu' },
    spec: { hard: { 'requests.cpu': '1500m' } },
  }
  cluster.apply(cpu)
  cluster.apply(aRun('holds', commits.main, { repository, steps: [{ ...large, commands: ['sleep 110'] }] }))
  cluster.waitForStep('holds', 'quick', 'Running')
  cluster.apply(aRun('late', commits.main, { repository, timeout: '8s', steps: [large] }))
  const reason = '--for=jsonpath={.status.reason}=QuotaExceeded'
  cluster.run('wait', reason, 'pipelineruns.c8s.dev/late', '--timeout=60s')
  // Longer than its timeout.
  await pause(9000)
  expect(cluster.getRun('late').status?.reason).toBe('QuotaExceeded')
  cancel('holds')
  expect(cluster.waitForRun('late').status?.phase).toBe('Succeeded')
})
