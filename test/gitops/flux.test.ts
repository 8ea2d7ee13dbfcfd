import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { PipelineConfig } from '../../crds/kinds.ts'
import type { Manifest } from '../helpers/cluster.ts'
import { eventually } from '../helpers/eventually.ts'
import { GitRepository } from '../helpers/git-repository.ts'
import { FluxCluster, listInventory } from '../helpers/gitops/flux-cluster.ts'

const cluster = new FluxCluster('gitops-flux')
const folder = mkdtempSync(join(tmpdir(), 'c8s-gitops-'))
const toYaml = (...objects: readonly Manifest[]) => objects.map((each) => stringify(each)).join('---\n')
const runKind = 'pipelineruns.c8s.dev'
const kinds = 'pipelineconfigs.c8s.dev,pipelineruns.c8s.dev,repositoryconnections.c8s.dev'

beforeAll(() => cluster.start())
afterAll(async () => {
  await cluster.stop()
  rmSync(folder, { recursive: true })
})

const sources = (): readonly Manifest[] => [
  cluster.find('Secret', 'api-token'),
  cluster.find('Secret', 'api-webhook'),
  cluster.find('RepositoryConnection', 'api'),
  cluster.find('PipelineConfig', 'api'),
]

test('the Kustomizations of the page are Ready once the run has succeeded', async () => {
  const repository = new GitRepository(join(folder, 'team-ci.git'))
  const commit = repository.commit('main', {
    'pipelines/api.yaml': toYaml(...sources()),
    'runs/api-first.yaml': toYaml(cluster.find('PipelineRun', 'api-first')),
  })
  const objects = [
    ['GitRepository', 'team-ci'] as const,
    ['Kustomization', 'pipelines'] as const,
    ['Kustomization', 'runs'] as const,
  ]
  cluster.apply(...objects.map(([kind, name]) => cluster.find(kind, name)))
  const revision = cluster.flux.publish('team-ci', { repository: repository.path, commit })
  expect(revision).toBe(`main@sha1:${commit}`)
  await cluster.flux.waitForReady('pipelines', revision)
  await cluster.flux.waitForReady('runs', revision)
  expect(cluster.getRun('api-first').status?.phase).toBe('Succeeded')
  expect(listInventory(cluster.flux.get('runs'))).toEqual(['PipelineRun/api-first'])
})

test('no child of a run has a mark of Flux', () => {
  const marked = 'kustomize.toolkit.fluxcd.io/name'
  expect(cluster.list(runKind, '-l', marked)).toHaveLength(1)
  const children = cluster.list('jobs,pods', '-l', 'c8s.dev/run=api-first')
  expect(children.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['Job', 'Pod']))
  expect(JSON.stringify(children)).not.toContain('fluxcd.io')
})

interface ManagedFields {
  readonly manager: string
  readonly operation: string
  readonly subresource?: string
  readonly fieldsV1: object
}

/** All that tools could fight over; a write of anybody shows in the resourceVersion. */
const snapshot = () =>
  cluster.list(kinds).map(({ kind, metadata }) => {
    const { managedFields = [] } = metadata as { managedFields?: readonly ManagedFields[] }
    const { name, resourceVersion, generation } = metadata
    return { object: `${kind}/${name}`, resourceVersion, generation, managedFields }
  })

test('ten reconciliations change nothing', async () => {
  // c8s writes it after the status of the run.
  await eventually('the run in the status of its config', async () => {
    const { status } = JSON.parse(cluster.run('get', 'pipelineconfigs.c8s.dev', 'api', '-o', 'json')) as PipelineConfig
    return status?.successRate === 1 || undefined
  })
  const before = snapshot()
  for (let round = 0; round < 10; round += 1) {
    expect(await cluster.flux.reconcile('pipelines')).toMatchObject({ isReady: true })
    expect(await cluster.flux.reconcile('runs')).toMatchObject({ isReady: true })
  }
  expect(snapshot()).toEqual(before)
  expect(before.map(({ generation }) => generation)).toEqual([1, 1, 1])
})

test('all of them new at once, in one Kustomization and in any order, end well', async () => {
  const rename = (object: Manifest): Manifest =>
    JSON.parse(JSON.stringify(object).replaceAll(/(?<=["':])api(?=["-])/g, 'once')) as Manifest
  const objects = [cluster.find('PipelineRun', 'api-first'), ...sources().toReversed()].map(rename)
  const revision = cluster.deploy('at-once', objects)
  await cluster.flux.waitForReady('at-once', revision)
  expect(cluster.getRun('once-first').status?.phase).toBe('Succeeded')
})

test.each(['runs', 'runs-by-cel'])(
  'a run that fails is told at once by %s, and another in its place makes up for it',
  async (like) => {
    const name = `fails-${like}`
    const begin = performance.now()
    const revision = cluster.deploy(name, [cluster.runOf(name, 'exit 3')], { like })
    const verdict = await cluster.flux.waitForVerdict(name, revision)
    expect(verdict).toMatchObject({ isReady: false, reason: 'HealthCheckFailed' })
    expect(verdict.message).toContain(`PipelineRun/${cluster.namespace}/${name} status: 'Failed'`)
    expect(performance.now() - begin).toBeLessThan(90_000)
    const next = cluster.commit(name, [cluster.runOf(`${name}-2`, 'true')])
    await cluster.flux.waitForReady(name, next)
    expect(cluster.tryGetRun(name)).toBeUndefined()
  },
)

/** A run that asks a person first. */
const asking = (name: string): Manifest => {
  const run = cluster.runOf(name, 'true')
  const { pipelineSpec, ...spec } = run['spec'] as { pipelineSpec: { steps: object[] } }
  return { ...run, spec: { ...spec, pipelineSpec: { ...pipelineSpec, steps: [{ name: 'ask', approval: {} }] } } }
}

test('a run that waits for a person is in progress, until it is approved', async () => {
  const revision = cluster.deploy('asks', [asking('asks')], { change: { timeout: '15s' } })
  const verdict = await cluster.flux.waitForVerdict('asks', revision)
  expect(verdict.message).toContain(`PipelineRun/${cluster.namespace}/asks status: 'InProgress'`)
  const patch = JSON.stringify({ spec: { approvals: { ask: 'Approved' } } })
  cluster.run('patch', runKind, 'asks', '--type=merge', '-p', patch)
  await cluster.flux.waitForReady('asks', revision)
  // What a person said is not in Git, and stays.
  expect(await cluster.flux.reconcile('asks')).toMatchObject({ isReady: true })
  expect(cluster.getRun('asks').spec.approvals).toEqual({ ask: 'Approved' })
})

test('the expressions of the page let a run that waits for a person count as done', async () => {
  const revision = cluster.deploy('asks-cel', [asking('asks-cel')], { like: 'runs-by-cel' })
  await cluster.flux.waitForReady('asks-cel', revision)
  expect(cluster.getRun('asks-cel').status?.reason).toBe('AwaitingApproval')
})

const idsOf = (run: string) => cluster.list('jobs,pods', '-l', `c8s.dev/run=${run}`).map(({ metadata }) => metadata.uid)

test('prune removes what left Git, with its children, and nothing else; a suspended Kustomization removes nothing', async () => {
  const runs = ['stays', 'leaves'].map((name) => cluster.runOf(name, 'sleep 300'))
  cluster.deploy('pruned', runs, { change: { wait: false } })
  for (const name of ['stays', 'leaves']) {
    cluster.run('wait', '--for=create', `${runKind}/${name}`, '--timeout=60s')
    cluster.waitForStep(name, 'only', 'Running')
  }
  const before = idsOf('stays')
  cluster.patchFlux('pruned', { suspend: true })
  const revision = cluster.commit('pruned', runs.slice(0, 1))
  expect(cluster.tryGetRun('leaves')?.status?.phase).toBe('Running')
  cluster.patchFlux('pruned', { suspend: false })
  await cluster.flux.waitForReady('pruned', revision)
  cluster.run('wait', '--for=delete', `${runKind}/leaves`, '--timeout=60s')
  cluster.run('wait', '--for=delete', 'jobs,pods', '-l', 'c8s.dev/run=leaves', '--timeout=90s')
  expect(idsOf('stays')).toEqual(before)
  expect(cluster.getRun('stays').status?.phase).toBe('Running')
  await cluster.flux.waitForReady('pruned', cluster.commit('pruned', []))
  cluster.run('wait', '--for=delete', 'jobs,pods', '-l', 'c8s.dev/run=stays', '--timeout=90s')
})

test('a run that Git changes is refused with what to do; another name, or force, runs it', async () => {
  const first = cluster.runOf('changed', 'echo one')
  await cluster.flux.waitForReady('changed', cluster.deploy('changed', [first]))
  const { uid } = cluster.getRun('changed').metadata
  const second = cluster.runOf('changed', 'echo two')
  const refused = await cluster.flux.waitForVerdict('changed', cluster.commit('changed', [second]))
  expect(refused.isReady).toBe(false)
  expect(refused.message).toContain('pipelineSpec cannot be changed: create another run')
  expect(cluster.getRun('changed').metadata.uid).toBe(uid)
  const forced = {
    ...second,
    metadata: { ...second.metadata, annotations: { 'kustomize.toolkit.fluxcd.io/force': 'enabled' } },
  }
  await cluster.flux.waitForReady('changed', cluster.commit('changed', [forced]))
  expect(cluster.getRun('changed').metadata.uid).not.toBe(uid)
})

test('a run that is only made where there is none is left alone by what Git says later', async () => {
  const once = cluster.find('PipelineRun', 'api-once')
  await cluster.flux.waitForReady('if-not-present', cluster.deploy('if-not-present', [once]))
  const { uid } = cluster.getRun('api-once').metadata
  const changed: Manifest = { ...once, spec: { ...(once['spec'] as object), branch: 'other' } }
  await cluster.flux.waitForReady('if-not-present', cluster.commit('if-not-present', [changed]))
  expect(cluster.getRun('api-once')).toMatchObject({ metadata: { uid }, spec: { branch: 'main' } })
})

test('a config that turns invalid is refused with the field, and the last good one stays', async () => {
  const good: Manifest = { ...cluster.find('PipelineConfig', 'api'), metadata: { name: 'turns' } }
  await cluster.flux.waitForReady('turns', cluster.deploy('turns', [good], { like: 'pipelines' }))
  const spec = good['spec'] as { steps: readonly object[] }
  const bad = { ...good, spec: { ...spec, steps: spec.steps.map((step) => ({ ...step, dependsOn: ['nobody'] })) } }
  const verdict = await cluster.flux.waitForVerdict('turns', cluster.commit('turns', [bad]))
  expect(verdict.isReady).toBe(false)
  expect(verdict.message).toContain('spec.steps[0].dependsOn')
  const [stored] = cluster.list('pipelineconfigs.c8s.dev', '--field-selector=metadata.name=turns')
  expect(stored?.metadata.generation).toBe(1)
  await cluster.flux.waitForReady('turns', cluster.commit('turns', [good]))
})

test('Flux that is killed while it waits for a run finds its end', async () => {
  const revision = cluster.deploy('survives', [cluster.runOf('survives', 'sleep 8')])
  cluster.run('wait', '--for=create', `${runKind}/survives`, '--timeout=60s')
  await cluster.flux.restart()
  await cluster.flux.waitForReady('survives', revision)
  expect(cluster.list(runKind).filter(({ metadata }) => metadata.name === 'survives')).toHaveLength(1)
})
