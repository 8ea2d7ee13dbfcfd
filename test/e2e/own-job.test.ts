import { afterAll, beforeAll, expect, test } from 'vitest'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aSecret, type Manifest, TestCluster } from '../helpers/cluster.ts'

const cluster = new TestCluster('e2e-own-job')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''

function ownJob(name: string, annotations: Record<string, string>, labels = { 'c8s.dev/job-type': 'own' }): Manifest {
  const command = ['sh', '-c', 'test -f package.json && echo "cloned by $USER_NAME with $TOKEN"']
  const env = [{ name: 'USER_NAME', value: 'me' }]
  const containers = [{ name: 'main', image: busybox, command, env }]
  const template = { spec: { restartPolicy: 'Never', containers } }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, labels, annotations },
    spec: { backoffLimit: 0, template },
  }
}

const documented = {
  'c8s.dev/repository': sampleUrls.public,
  'c8s.dev/commit': commits.main,
  'c8s.dev/branch': 'main',
  'c8s.dev/secrets': '[{"secretRef": "token", "key": "value", "envVar": "TOKEN"}]',
}

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(aSecret('token', { value: 'own-job-secret' }, '*'))
})
afterAll(() => cluster.removeNamespace())

test("a user's own Job gets the clone, the secrets and the masked log", () => {
  cluster.apply(ownJob('mine', documented))
  cluster.run('wait', '--for=condition=Complete', 'job/mine', '--timeout=90s')
  expect(cluster.run('logs', 'job/mine')).toContain('cloned by me with ***')
})

test('a wrong annotation is refused with its path', () => {
  const { code, stderr } = cluster.tryApply(ownJob('wrong', { ...documented, 'c8s.dev/commit': 'main; rm -rf /' }))
  expect(code).not.toBe(0)
  expect(stderr).toContain('metadata.annotations[c8s.dev/commit]')
})

test("nobody but the controller makes a run's step", () => {
  const { code, stderr } = cluster.tryApply(ownJob('forged', documented, { 'c8s.dev/job-type': 'step' }))
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/controller/)
})

test('a Job without our label is left alone', () => {
  cluster.apply(ownJob('plain', documented, {} as { 'c8s.dev/job-type': string }))
  const job = JSON.parse(cluster.run('get', 'job', 'plain', '-o', 'json')) as {
    spec: { template: { spec: { containers: unknown[]; initContainers?: unknown[] } } }
  }
  expect(job.spec.template.spec.containers).toHaveLength(1)
  expect(job.spec.template.spec.initContainers).toBeUndefined()
})
