import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, dev, seed } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aConnection,
  anInlineRun,
  aPipeline,
  aRun,
  aSecret,
  team,
} from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun

async function start(objects: Parameters<typeof seed>[1][] = [aConfig()], options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  await seed(kube, ...objects)
  return { kube, admission: createTestAdmission(kube) }
}

const mutateRun = async (run: PipelineRun, objects?: Parameters<typeof seed>[1][], options?: FakeKubeOptions) => {
  const { admission } = await start(objects, options)
  const { object, response } = await admission.mutate({ type, object: run })
  return { run: object as PipelineRun, response }
}

test('the plan is the config as it is now, with its source and its defaults', async () => {
  const { run } = await mutateRun(aRun())
  expect(run.spec.plan).toMatchObject({
    source: { name: 'app', generation: 1 },
    repository: 'https://git.test/team/app',
    timeoutSeconds: 3600,
    steps: [
      { name: 'test', timeout: '30m', resources: { cpu: '500m', memory: '1Gi' }, clone: true },
      { name: 'build', dependsOn: ['test'] },
    ],
    clone: { depth: 1, submodules: false },
  })
})

test('the user is stamped, whatever the client says, and hears of it', async () => {
  const { run, response } = await mutateRun(aRun({ triggeredBy: 'boss', triggeredAt: '2001-01-01T00:00:00Z' }))
  expect(run.spec.triggeredBy).toBe('dev')
  expect(run.spec.triggeredAt).toBe('2026-11-21T10:00:00Z')
  expect(response.warnings).toEqual([expect.stringContaining('spec.triggeredBy: Forbidden: replaced by "dev"')])
})

test("the API server's own time is taken where it is there", async () => {
  const { run } = await mutateRun(aRun({}, { creationTimestamp: '2026-11-21T09:59:58Z' }))
  expect(run.spec.triggeredAt).toBe('2026-11-21T09:59:58Z')
})

test('a plan that the client brings is replaced', async () => {
  const forged = {
    repository: 'https://evil.test/x',
    steps: [],
    timeoutSeconds: 1,
    clone: { depth: 0, submodules: true },
  }
  const { run, response } = await mutateRun(aRun({ plan: forged }))
  expect(run.spec.plan?.repository).toBe('https://git.test/team/app')
  expect(response.warnings).toEqual([expect.stringContaining('spec.plan')])
})

test('a plan that the client brings goes away where none can be frozen', async () => {
  const forged = {
    repository: 'https://evil.test/x',
    steps: [],
    timeoutSeconds: 1,
    clone: { depth: 0, submodules: true },
  }
  const { run } = await mutateRun(aRun({ plan: forged, pipelineConfigRef: 'none' }))
  expect(run.spec.plan).toBeUndefined()
})

test('the labels are legal and cannot be chosen', async () => {
  const labels = { 'c8s.dev/commit': 'forged', 'c8s.dev/config': 'forged', mine: 'stays' }
  const { run } = await mutateRun(aRun({ branch: 'feature/a@b' }, { labels }))
  expect(run.metadata.labels).toMatchObject({ mine: 'stays', 'c8s.dev/commit': 'abc1234', 'c8s.dev/config': 'app' })
  expect(run.metadata.labels?.['c8s.dev/branch']).toMatch(/^feature-a-b-[0-9a-z]{10}$/)
  expect(run.metadata.labels?.['c8s.dev/repository']).toMatch(/^git\.test-team-app-[0-9a-z]{10}$/)
})

test('a label that has no value is taken away', async () => {
  const run = anInlineRun()
  const { branch: _branch, ...spec } = run.spec
  const labels = { 'c8s.dev/branch': 'forged', 'c8s.dev/config': 'forged' }
  const { run: stored } = await mutateRun({ ...run, spec, metadata: { ...run.metadata, labels } })
  expect(stored.metadata.labels).not.toHaveProperty('c8s.dev/branch')
  expect(stored.metadata.labels).not.toHaveProperty('c8s.dev/config')
})

test('an inline pipeline is frozen without a source', async () => {
  const { run } = await mutateRun(anInlineRun({ timeout: '10m' }))
  expect(run.spec.plan).toMatchObject({ timeoutSeconds: 600 })
  expect(run.spec.plan).not.toHaveProperty('source')
})

test('the connection of the same repository is found, however its URL is spelled', async () => {
  const connection = aConnection({ repository: 'ssh://git@GIT.test/team/app.git', authSecretRef: 'key' })
  const { run } = await mutateRun(aRun(), [
    aConfig(),
    connection,
    aConnection({ repository: 'https://x.test/y' }, { name: 'a' }),
  ])
  expect(run.spec.plan?.clone).toMatchObject({ connection: 'forge', authSecretRef: 'key' })
})

test('among several connections one with a credential is taken, then the first by name', async () => {
  const several = [
    aConnection({}, { name: 'a' }),
    aConnection({ authSecretRef: 'k2' }, { name: 'c' }),
    aConnection({ authSecretRef: 'k1' }, { name: 'b' }),
  ]
  const { run } = await mutateRun(aRun(), [aConfig(), ...several])
  expect(run.spec.plan?.clone).toMatchObject({ connection: 'b', authSecretRef: 'k1' })
})

test('a credential for an encrypted address is not given to a clear one', async () => {
  const config = aConfig({ repository: 'http://git.test/team/app' })
  const { run } = await mutateRun(aRun(), [config, aConnection({ authSecretRef: 'key' })])
  expect(run.spec.plan?.clone).not.toHaveProperty('authSecretRef')
})

test('once more changes nothing, and a dry run says the same', async () => {
  const { admission } = await start()
  const once = await admission.mutate({ type, object: aRun() })
  const twice = await admission.mutate({ type, object: once.object })
  expect(twice.response).toEqual({ uid: 'review-1', allowed: true })
  const dry = (await admission.mutate({ type, object: aRun(), dryRun: true })).object
  expect({ ...dry, metadata: { ...dry.metadata, annotations: undefined } }).toEqual(once.object)
})

test('a config that changed a moment ago counts', async () => {
  const { kube, admission } = await start()
  await admission.create({ type, object: aRun() })
  const stored = await kube.get(resourceTypes.pipelineConfig, { namespace: team, name: 'app' })
  await kube.replace(resourceTypes.pipelineConfig, {
    ...stored,
    ...aConfig({ timeout: '5m' }),
    metadata: stored?.metadata ?? {},
  })
  const { object } = await admission.create({ type, object: aRun({}, { name: 'app-2' }) })
  expect((object as PipelineRun).spec.plan?.timeoutSeconds).toBe(300)
})

test('on an update the stamped labels stay as they were', async () => {
  const { admission } = await start()
  const { object: oldObject } = await admission.mutate({ type, object: aRun() })
  const labels = { 'c8s.dev/commit': 'forged', mine: 'new' }
  const object = { ...oldObject, metadata: { ...oldObject.metadata, labels } }
  const { object: stored } = await admission.mutate({ type, object, oldObject })
  expect(stored.metadata.labels).toEqual({ ...oldObject.metadata.labels, mine: 'new' })
})

test('a manifest that names who asked can be applied again', async () => {
  const { admission } = await start()
  const claims = { triggeredBy: 'boss', triggeredAt: '2001-01-01T00:00:00Z' }
  const { object: oldObject } = await admission.mutate({ type, object: aRun(claims) })
  const again = { ...(oldObject as PipelineRun), spec: { ...(oldObject as PipelineRun).spec, ...claims } }
  const { object: stored } = await admission.mutate({ type, object: again, oldObject })
  expect(stored).toEqual(oldObject)
  const { plan: _plan, triggeredBy: _by, triggeredAt: _at, ...bare } = (oldObject as PipelineRun).spec
  const { object: replaced } = await admission.mutate({
    type,
    object: { ...oldObject, spec: bare },
    oldObject,
  })
  expect(replaced).toEqual(oldObject)
})

test.each(['team-b/app', '..', '../secrets/x', 'A'])(
  'a config named %s is not asked for',
  async (pipelineConfigRef) => {
    const { run, response } = await mutateRun(aRun({ pipelineConfigRef }))
    expect(response.allowed).toBe(true)
    expect(run.spec.plan).toBeUndefined()
  },
)

test('a Secret that is only for a branch ties the clone to it', async () => {
  const steps = [{ name: 'test', image: 'i', commands: ['c'], secrets: [{ secretRef: 'token', key: 'T' }] }]
  const secret = aSecret('token', { annotations: { 'c8s.dev/usable-by': 'config:app,branch:main' } })
  const config = aConfig({ steps, branches: ['main', 'dev/*'] })
  const refuse = { isAllowed: () => false }
  const limited = await mutateRun(aRun(), [config, secret], refuse)
  expect(limited.run.spec.plan?.branches).toEqual(['main'])
  const byRight = await mutateRun(aRun(), [config, secret])
  expect(byRight.run.spec.plan?.branches).toEqual(['main', 'dev/*'])
})

test('nothing but the plan and the stamps is touched', async () => {
  const run = { ...aRun(), spec: { ...aRun().spec, unknown: { a: [1] } } } as PipelineRun
  const { run: stored } = await mutateRun(run)
  expect(stored.spec).toMatchObject(run.spec)
  expect(Object.keys(stored.spec).toSorted()).toEqual(
    [...Object.keys(run.spec), 'plan', 'triggeredAt', 'triggeredBy'].toSorted(),
  )
  expect(dev.username).toBe(stored.spec.triggeredBy)
  expect(aPipeline().steps).toHaveLength(2)
})
