import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'

const cluster = new TestCluster('e2e-outage')
const system = new TestCluster('c8s-system')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const deployments = ['deployment/c8s-admission', 'deployment/c8s-controller', 'deployment/c8s-server']

const job = (name: string, labels: Record<string, string>): Manifest => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, labels },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { labels },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: busybox, command: ['sh', '-c', 'true'] }] },
    },
  },
})

function scale(replicas: number): void {
  system.run('scale', ...deployments, `--replicas=${replicas}`)
  if (replicas === 0) system.run('wait', 'pods', '-l', 'app.kubernetes.io/name=c8s', '--for=delete', '--timeout=60s')
  else for (const deployment of deployments) system.run('rollout', 'status', deployment, '--timeout=90s')
}

beforeAll(() => {
  cluster.createNamespace()
  const steps = [
    { ...aStep('before', busybox, 'sleep 8; echo done'), clone: false },
    { ...aStep('after', busybox, 'true'), clone: false, dependsOn: ['before'] },
  ]
  cluster.apply(aRun('through-it', commits.main, { repository, steps }))
  cluster.waitForStep('through-it', 'before', 'Running')
  scale(0)
})
afterAll(() => {
  scale(2)
  cluster.removeNamespace()
})

test('with every c8s pod gone, other workloads are created as before', () => {
  const took = ['plain', 'plain-2', 'plain-3'].map((name) => {
    const started = performance.now()
    cluster.apply(job(name, {}), { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
    return performance.now() - started
  })
  // A webhook in the way would keep each of them for its 5 s, a busy machine not all.
  expect(Math.min(...took)).toBeLessThan(5000)
  cluster.run('wait', '--for=condition=Complete', 'job/plain', '--timeout=60s')
})

test('ours are refused, and the refusal names c8s', () => {
  const { code, stderr } = cluster.tryApply(aConfig('refused', { repository, steps: [aStep('a', busybox, 'true')] }))
  expect(code).not.toBe(0)
  expect(stderr).toContain('c8s')
  expect(cluster.tryApply(job('labelled', { 'c8s.dev/job-type': 'own' })).code).not.toBe(0)
})

test('a run can still be deleted', () => {
  cluster.run('delete', 'pipelineruns.c8s.dev', 'nothing-there', '--ignore-not-found')
  cluster.run('delete', 'job', 'plain', '--wait', '--timeout=30s')
})

test('back again, the run that was under way goes on and repeats nothing', () => {
  scale(2)
  const run = cluster.waitForRun('through-it', 90)
  expect(run.status?.phase).toBe('Succeeded')
  const jobs = cluster.run('get', 'jobs', '-l', 'c8s.dev/run=through-it', '-o', 'name').trim().split('\n')
  expect(jobs).toHaveLength(2)
})
