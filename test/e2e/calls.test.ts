import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aStep, type Manifest, phasesOf, TestCluster } from '../helpers/cluster.ts'
import { completeManifest } from '../helpers/doc-manifests.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'

const cluster = new TestCluster('e2e-calls')
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const plain = (step: ReturnType<typeof aStep>) => ({ ...step, clone: false })
const rowOf = ({ status }: PipelineRun, name: string) => status?.steps?.find((step) => step.name === name)

/** The first example of docs/calls.md, with the images and the repository that this cluster has. */
function readExample(): readonly Manifest[] {
  const [example] = parseExamples(readDocPage('docs/calls.md'))
  const text = JSON.stringify(example?.documents.map(completeManifest))
    .replaceAll('busybox:1.37', busybox)
    .replaceAll('https://github.com/example/web', repository)
  return JSON.parse(text) as Manifest[]
}

const runOf = (config: string, name: string): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'PipelineRun',
  metadata: { name },
  spec: { pipelineConfigRef: config, commit: commits.main, branch: 'main' },
})

/** The run that a step of the run is. */
function calledBy(run: PipelineRun, step: string): PipelineRun {
  const name = rowOf(run, step)?.run
  if (name === undefined) throw new Error(`step ${step} of ${run.metadata.name ?? ''} names no run`)
  return cluster.getRun(name)
}

beforeAll(() => {
  cluster.createNamespace()
  const call = (configRef: string, params?: Readonly<Record<string, string>>) => ({
    name: 'call',
    pipeline: { configRef, ...(params === undefined ? {} : { params }) },
  })
  cluster.apply(
    ...readExample(),
    aConfig('bad', { repository, steps: [plain(aStep('push', busybox, 'exit 3'))] }),
    aConfig('calls-bad', {
      repository,
      steps: [call('bad'), { ...plain(aStep('after', busybox, 'true')), dependsOn: ['call'] }],
    }),
    aConfig('calls-wrong', { repository, steps: [call('deploy', { target: 'moon' })] }),
    aConfig('slow', {
      repository,
      // It goes on until its test comes.
      steps: [{ ...plain(aStep('long', busybox, 'echo working', 'sleep 600')), timeout: '15m' }],
      finally: [plain(aStep('sweep', busybox, 'echo swept'))],
    }),
    aConfig('calls-slow', { repository, steps: [call('slow')] }),
    aConfig('round', { repository, steps: [call('again')] }),
    aConfig('again', { repository, steps: [call('round')] }),
  )
  cluster.apply(
    runOf('delivery', 'delivery-1'),
    runOf('calls-bad', 'calls-bad-1'),
    runOf('calls-wrong', 'calls-wrong-1'),
    runOf('calls-slow', 'calls-slow-1'),
    runOf('round', 'round-1'),
  )
})
afterAll(() => cluster.removeNamespace())

test('a step is the run of another pipeline with its params, and what depends on it waits for that', () => {
  const run = cluster.waitForRun('delivery-1')
  expect(phasesOf(run)).toEqual({ build: 'Succeeded', staging: 'Succeeded', check: 'Succeeded' })
  const called = calledBy(run, 'staging')
  expect(called.status?.phase).toBe('Succeeded')
  expect(cluster.logOf(called, 'push')).toContain('to staging')
  expect(called.spec).toMatchObject({
    commit: run.spec.commit,
    branch: 'main',
    triggeredBy: run.spec.triggeredBy,
    parent: { name: 'delivery-1', uid: run.metadata.uid, step: 'staging' },
  })
  const started = Date.parse(rowOf(run, 'check')?.startTime ?? '')
  expect(started).toBeGreaterThanOrEqual(Date.parse(called.status?.completionTime ?? ''))
  expect(cluster.run('get', 'c8spr', '-l', 'c8s.dev/parent=delivery-1', '-o', 'name').trim().split('\n')).toHaveLength(
    1,
  )
})

test('a called run that fails fails its caller, which says why', () => {
  const run = cluster.waitForRun('calls-bad-1')
  expect(phasesOf(run)).toEqual({ call: 'Failed', after: 'Skipped' })
  const { metadata } = calledBy(run, 'call')
  expect(run.status?.message).toBe(`step call failed: run ${metadata.name ?? ''} failed: step push failed: exit code 3`)
})

test('wrong params fail the step with the words of admission', () => {
  const run = cluster.waitForRun('calls-wrong-1')
  expect(rowOf(run, 'call')).toMatchObject({ phase: 'Failed', reason: 'CallRefused' })
  expect(rowOf(run, 'call')?.message).toContain('target')
})

test('a circle ends where it comes round', () => {
  const run = cluster.waitForRun('round-1')
  expect(run.status?.phase).toBe('Failed')
  expect(calledBy(run, 'call').status?.message).toContain('round → again → round')
})

test('a cancel goes down, and what the called run does at the end is waited for', () => {
  cluster.waitForStep('calls-slow-1', 'call', 'Running')
  cluster.run('patch', 'pipelineruns.c8s.dev', 'calls-slow-1', '--type=merge', '-p', '{"spec":{"cancel":true}}')
  const run = cluster.waitForRun('calls-slow-1', 60)
  expect(run.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
  const called = calledBy(run, 'call')
  expect(phasesOf(called)).toEqual({ long: 'Cancelled', sweep: 'Succeeded' })
  expect(cluster.logOf(called, 'long')).toContain('working')
})

test('nobody makes a called run by hand', () => {
  const parent = { name: 'delivery-1', uid: cluster.getRun('delivery-1').metadata.uid ?? '', step: 'staging' }
  const forged = runOf('deploy', 'forged')
  const { stderr } = cluster.tryApply({ ...forged, spec: { ...(forged['spec'] as object), parent } })
  expect(stderr).toContain('only c8s itself makes the run that a step of another run is')
})
