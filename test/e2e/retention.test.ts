import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineConfig } from '../../crds/kinds.ts'
import { type Manifest, TestCluster } from '../helpers/cluster.ts'
import { findDocInput } from '../helpers/doc-input.ts'

/** The example of docs/retention.md: two successful runs are kept, and none for longer than `maxAge`. */
const cluster = new TestCluster('e2e-retention')
const keptShort = findDocInput('docs/retention.md', cluster, ['PipelineConfig', 'kept-short'])
const { history } = (keptShort as unknown as PipelineConfig).spec

const runOf = (name: string, marks: Readonly<Record<string, string>> = {}): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name, annotations: marks },
  spec: { pipelineConfigRef: keptShort.metadata.name, commit: cluster.sample.commits.main },
})
const tracked = { 'argocd.argoproj.io/tracking-id': `app:c8s.dev/PipelineRun:${cluster.namespace}/kept` }

function listNames(kind: string): readonly string[] {
  const names = cluster.run('get', kind, '-o', 'jsonpath={.items[*].metadata.name}').trim()
  return names === '' ? [] : names.split(/\s+/).sort()
}

const waitUntilGone = (name: string) => cluster.run('wait', '--for=delete', `c8spr/${name}`, '--timeout=60s')

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(keptShort)
  for (const manifest of [runOf('kept', tracked), runOf('first'), runOf('second')]) {
    cluster.apply(manifest)
    expect(cluster.waitForRun(manifest.metadata.name ?? '').status?.phase).toBe('Succeeded')
  }
})
afterAll(() => cluster.removeNamespace())

test('of more successful runs than are kept the oldest goes, with its Job and pod; what Argo CD owns stays', () => {
  const job = cluster.jobOf(cluster.getRun('first'), 'hello')
  cluster.apply(runOf('third'))
  waitUntilGone('first')
  expect(listNames('c8spr')).toEqual(['kept', 'second', 'third'])
  cluster.run('wait', '--for=delete', `job/${job}`, '--timeout=60s')
  cluster.run('wait', '--for=delete', 'pods', '-l', `job-name=${job}`, '--timeout=60s')
  expect(listNames('jobs')).toHaveLength(3)
})

test('a shorter maxAge counts at once, for runs that have ended long ago', () => {
  const { completionTime = '' } = cluster.waitForRun('third').status ?? {}
  const patch = { spec: { history: { ...history, maxAge: '8s' } } }
  cluster.run('patch', 'c8spc', keptShort.metadata.name ?? '', '--type=merge', '-p', JSON.stringify(patch))
  waitUntilGone('second')
  waitUntilGone('third')
  expect(Date.now() - Date.parse(completionTime)).toBeGreaterThanOrEqual(8000)
})

test('and later each run goes when its own time has come, what Argo CD owns never', () => {
  cluster.apply(runOf('fourth'))
  const { completionTime = '' } = cluster.waitForRun('fourth').status ?? {}
  waitUntilGone('fourth')
  const age = Date.now() - Date.parse(completionTime)
  expect(age).toBeGreaterThanOrEqual(8000)
  expect(age).toBeLessThan(60_000)
  expect(listNames('c8spr')).toEqual(['kept'])
})
