import { afterAll, beforeAll, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import { tryKubectl } from '../../deploy/install/kubectl.ts'
import { type Manifest, TestCluster } from '../helpers/cluster.ts'
import { completeManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'

const cluster = new TestCluster('e2e-dry-run')
const busybox = cluster.sample.images['busybox'] ?? ''

/** The examples of a page, with the image that the cluster has. */
function readExamples(page: string): readonly Manifest[] {
  const manifests = parseExamples(readDocPage(page)).flatMap(({ documents }) => documents.map(completeManifest))
  return JSON.parse(JSON.stringify(manifests).replaceAll('busybox:1.37', busybox)) as Manifest[]
}

const [planned, run] = readExamples('docs/dry-run.md') as [Manifest, Manifest]

beforeAll(() => cluster.createNamespace())
afterAll(() => cluster.removeNamespace())

function dryRun(manifest: Manifest, ...output: readonly string[]) {
  const args = ['-n', cluster.namespace, 'apply', '--dry-run=server', ...output, '-f', '-']
  return tryKubectl(cluster.target, args, JSON.stringify(manifest))
}

/** Until it says so: admission is told of a quota as anybody is. */
const dryRunUntil = (manifest: Manifest, wanted: string) =>
  eventually(
    wanted,
    async () => {
      const said = dryRun(manifest)
      return said.stderr.includes(wanted) ? said : undefined
    },
    20,
  )

test('a dry run of a run shows what it would do, and nothing is stored', async () => {
  cluster.apply(planned)
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'ci' },
    spec: { hard: { 'requests.cpu': '4' } },
  }
  cluster.apply(quota)
  cluster.run('wait', '--for=jsonpath={.status.hard}', 'resourcequota/ci', '--timeout=30s')
  const { code, stderr } = await dryRunUntil(run, 'Warning: quota ci: has room, the run would start now')
  expect(code).toBe(0)
  expect(stderr).toContain('Warning: plan: 2 steps (lint, test)')
  expect(stderr).toContain('Warning: skips 1 step (deploy: ')
  expect(stderr).toContain('Warning: asks for 1.54 CPU and 3.07Gi of memory in 2 pods at its widest')
  expect(stderr).toContain('Warning: takes at most 20m')
  expect(cluster.run('get', 'c8spr', '-o', 'name').trim()).toBe('')
})

test('the whole plan is in the annotation of the answer', () => {
  const { stdout } = dryRun(run, '-o', 'json')
  const answer = JSON.parse(stdout) as PipelineRun
  const plan = parse(answer.metadata.annotations?.[annotations.plan] ?? '') as {
    steps: { name: string; skipped?: string }[]
  }
  expect(plan.steps.map(({ name }) => name)).toEqual(['lint', 'test', 'deploy'])
  expect(plan.steps[2]?.skipped).toContain('release/*')
})

test('a quota in which a step can never run is told beside the refusal', async () => {
  cluster.run('patch', 'resourcequota', 'ci', '--type=merge', '-p', '{"spec":{"hard":{"requests.cpu":"600m"}}}')
  const small = { ...run, spec: { ...(run as unknown as PipelineRun).spec } }
  await dryRunUntil(small, 'quota ci: step test can never start: it asks for 1020m of requests.cpu, there are 600m')
  cluster.run('delete', 'resourcequota', 'ci')
})

test('a run that is really created carries none of it', () => {
  const { stderr, code } = cluster.tryApply({ ...run, spec: { ...(run as unknown as PipelineRun).spec, cancel: true } })
  expect([code, stderr.includes('plan:')]).toEqual([0, false])
  expect(cluster.getRun(run.metadata.name ?? '').metadata.annotations?.[annotations.plan]).toBeUndefined()
})
