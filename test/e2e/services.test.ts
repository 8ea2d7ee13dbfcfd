import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { presentImages } from '../../deploy/images/present.ts'
import { createStderrProgress } from '../../deploy/local/progress.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { completeManifest, type DocManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'

const cluster = new TestCluster('e2e-services')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const rowOf = ({ status }: PipelineRun, step: string) => status?.steps?.find(({ name }) => name === step)

/** What docs/services.md begins with, with a PostgreSQL made from Debian's packages. */
function readExample(postgres: string): DocManifest {
  const [example] = parseExamples(readDocPage('docs/services.md'))
  const text = JSON.stringify(completeManifest(example?.documents[0]))
    .replaceAll('postgres:17', postgres)
    .replaceAll('https://github.com/octocat/Hello-World', repository)
    .replaceAll('7fd1a60b01f91b314f59955a4e4d4e80d8edf11d', commits.main)
  return JSON.parse(text) as DocManifest
}

const small = { cpu: '20m', cpuLimit: '1', memory: '64Mi' }
const withService = (name: string, service: object) => {
  const step = { ...aStep('unit', busybox, 'echo never'), clone: false }
  const services = [{ name: 'db', image: busybox, resources: small, ...service }]
  return aRun(name, commits.main, { repository, steps: [{ ...step, services }] })
}

beforeAll(async () => {
  cluster.createNamespace()
  const { postgres = '' } = await presentImages(readChosenCluster(), ['postgres'], createStderrProgress())
  const lazy = { command: ['sh', '-c', 'trap "exit 0" TERM; sleep 300 & wait'], ready: { port: 5432, timeout: '4s' } }
  cluster.apply(
    readExample(postgres),
    withService('not-ready', lazy),
    withService('crashes', { image: postgres, ready: { port: 5432 } }),
  )
  // The image may have to be made first.
}, 300_000)
afterAll(() => cluster.removeNamespace())

test('a step works with a real database at localhost, which it finds ready', () => {
  const run = cluster.waitForRun('with-database')
  expect(run.status?.phase).toBe('Succeeded')
  expect(cluster.logOf(run, 'migrate')).toMatch(/count\s+-+\s+1\s+\(1 row\)/)
})

test('the service ends with the step, and keeps a log of its own', () => {
  const run = cluster.waitForRun('with-database')
  const job = cluster.jobOf(run, 'migrate')
  cluster.run('wait', '--for=condition=Complete', `job/${job}`, '--timeout=30s')
  const log = cluster.run('logs', `job/${job}`, '-c', 'service-db')
  expect(log).toContain('database system is ready to accept connections')
  expect(log).toContain('database system is shut down')
})

test('a service that is not ready in time fails the step, which says what is missing', () => {
  const run = cluster.waitForRun('not-ready')
  expect(rowOf(run, 'unit')).toMatchObject({ phase: 'Failed', reason: 'ServiceNotReady' })
  expect(rowOf(run, 'unit')?.message).toContain('service db was not ready within 4s: nothing listens on port 5432')
  expect(run.status?.reason).toBe('InfrastructureError')
})

test('a service that cannot start fails the step with its last words', () => {
  const run = cluster.waitForRun('crashes')
  expect(rowOf(run, 'unit')).toMatchObject({ phase: 'Failed', reason: 'ServiceNotReady' })
  expect(rowOf(run, 'unit')?.message).toMatch(
    /^service db ended with exit code 1 before it was ready, twice: .*POSTGRES_PASSWORD/,
  )
})
