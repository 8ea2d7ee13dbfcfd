import { expect, test } from 'vitest'
import type { PipelineConfig, PipelineRun } from '../crds/kinds.ts'
import { renderJob } from '../src/engine/job/job.ts'
import type { Job } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { controller, createTestAdmission, seed } from '../test/helpers/admission.ts'
import { aConfig, aConnection, aNamespace, aQuota, aRun, aSecret, team } from '../test/helpers/admission-objects.ts'
import { FakeKube } from '../test/helpers/fake-kube.ts'
import type { NearObjects } from './near.ts'

const type = resourceTypes.pipelineRun
type Objects = Parameters<typeof seed>[1][]

/** A cluster, and what the watches have told of it at the start; `late` is what they have not told yet. */
async function start(known: Objects, late: Objects = []) {
  const kube = new FakeKube()
  await seed(kube, aNamespace(), ...known)
  const near = await observe(kube)
  await seed(kube, ...late)
  kube.requests.length = 0
  const admission = createTestAdmission(kube, { near })
  return { kube, admission, near }
}

async function observe(kube: FakeKube): Promise<NearObjects> {
  const configs = await kube.list<PipelineConfig>(resourceTypes.pipelineConfig)
  const connections = await kube.list<ReturnType<typeof aConnection>>(resourceTypes.repositoryConnection)
  const quotas = await kube.list<ReturnType<typeof aQuota>>(resourceTypes.resourceQuota)
  return {
    findConfig: (_namespace, name) => configs.items.find(({ metadata }) => metadata.name === name),
    listConnections: () => connections.items,
    listQuotas: () => quotas.items,
    listLimitRanges: () => [],
    findQueue: () => undefined,
    findRun: () => undefined,
    findSetting: (namespace) => ({ namespace, limitRanges: [] }),
    findQueueing: () => ({ rejects: false, teamQuotas: [], priorityClasses: [] }),
  }
}

const readsOf = ({ requests }: FakeKube) => requests.map(({ verb, type: { plural } }) => `${verb} ${plural}`)
const change = async (kube: FakeKube, timeout: string) => {
  const stored = await kube.get(resourceTypes.pipelineConfig, { namespace: team, name: 'app' })
  await kube.replace(resourceTypes.pipelineConfig, { ...aConfig({ timeout }), metadata: stored?.metadata ?? {} })
}

test('a known config needs one live read, which the first answer does not wait for', async () => {
  const { kube, admission } = await start([aConfig()])
  const gate = Promise.withResolvers<void>()
  const get = kube.get.bind(kube)
  kube.get = async (...args) => {
    await gate.promise
    return get(...args)
  }
  const { object } = await admission.mutate({ type, object: aRun() })
  expect((object as PipelineRun).spec.plan?.source?.name).toBe('app')
  const verdict = admission.validate({ type, object })
  gate.resolve()
  expect(await verdict).toEqual({ uid: 'review-1', allowed: true })
  expect(readsOf(kube)).toEqual(['read pipelineconfigs'])
})

test('nor does the plan that a dry run answers with', async () => {
  const { kube, admission } = await start([aConfig(), aQuota({ 'limits.cpu': '4' })])
  kube.get = () => Promise.withResolvers<never>().promise
  const { object } = await admission.mutate({ type, object: aRun(), dryRun: true })
  expect(object?.metadata.annotations?.['c8s.dev/plan']).toMatch(/^steps:|cpu/m)
})

test('a config that the watch has not told yet is read', async () => {
  const { admission } = await start([], [aConfig()])
  const { object, response } = await admission.create({ type, object: aRun() })
  expect(response.allowed).toBe(true)
  expect((object as PipelineRun).spec.plan?.source?.name).toBe('app')
})

test('a plan that was frozen from an old config is never let through: the client is told to try again', async () => {
  const { kube, admission } = await start([aConfig()])
  await change(kube, '5m')
  const { response } = await admission.create({ type, object: aRun() })
  expect(response.status).toMatchObject({ code: 429, reason: 'TooManyRequests', details: { retryAfterSeconds: 1 } })
  expect(response.status?.message).toMatch(/^spec\.plan: Conflict/)
})

test('nor is one of a config that is gone', async () => {
  const { kube, admission } = await start([aConfig()])
  await kube.remove(resourceTypes.pipelineConfig, { namespace: team, name: 'app' })
  const { response } = await admission.create({ type, object: aRun() })
  expect(response.status?.message).toMatch(/^spec\.pipelineConfigRef: NotFound/)
})

test('a refusal is proved: a quota that was raised a moment ago does not refuse', async () => {
  const { kube, admission } = await start([aConfig(), aQuota({ 'requests.cpu': '100m' })])
  const quota = await kube.get(resourceTypes.resourceQuota, { namespace: team, name: 'team' })
  await kube.replace(resourceTypes.resourceQuota, {
    ...aQuota({ 'requests.cpu': '10' }),
    metadata: quota?.metadata ?? {},
  })
  expect((await admission.create({ type, object: aRun() })).response.allowed).toBe(true)
})

test('a refusal that is proved stands', async () => {
  const { admission } = await start([aConfig(), aQuota({ 'requests.cpu': '100m' })])
  expect((await admission.create({ type, object: aRun() })).response.status?.message).toContain('QuotaImpossible')
})

test('where Secrets are given, everything is read live before the first answer', async () => {
  const steps = [{ name: 'test', image: 'i', commands: ['c'], secrets: [{ secretRef: 'token', key: 'T' }] }]
  // The watch does not know yet that the Secret is the credential of a connection.
  const { admission } = await start([aConfig({ steps }), aSecret('token')], [aConnection({ authSecretRef: 'token' })])
  const { response } = await admission.create({ type, object: aRun() })
  expect(response.status?.message).toContain('SecretForbidden')
})

test('a connection that was missed is found when the Job of the step is made', async () => {
  const { kube, admission } = await start([aConfig()], [aConnection({ authSecretRef: 'key' })])
  const { object, response } = await admission.create({ type, object: aRun() })
  expect(response.allowed).toBe(true)
  const run = await kube.create(type, object as PipelineRun)
  const [step] = run.spec.plan?.steps ?? []
  if (step === undefined) throw new Error('the run has no plan')
  const job = renderJob({ run, step, attempt: 1, ttlSeconds: 1 })
  const created = await admission.create({ type: resourceTypes.job, object: job, user: controller })
  expect(created.response.allowed).toBe(true)
  const volumes = (created.object as Job).spec?.template.spec.volumes
  expect(volumes).toContainEqual({ name: 'c8s-auth', secret: { secretName: 'key', defaultMode: 0o444 } })
})

test('a failure of the live read fails the validating call, and nothing else', async () => {
  const { kube, admission } = await start([aConfig()])
  kube.get = () => Promise.reject(new Error('cut off'))
  const { object } = await admission.mutate({ type, object: aRun() })
  const response = await admission.validate({ type, object })
  expect(response.status?.code).toBe(500)
  expect(admission.faults).toHaveLength(1)
})

test('a mutating call whose validating call never comes leaves no rejection behind', async () => {
  const { kube, admission } = await start([aConfig()])
  kube.get = () => Promise.reject(new Error('cut off'))
  await admission.mutate({ type, object: aRun() })
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(admission.faults).toEqual([])
})

test('while the watches have not caught up everything is read live', async () => {
  const kube = new FakeKube()
  await seed(kube, aConfig())
  kube.requests.length = 0
  const near: NearObjects = {
    findConfig: () => undefined,
    listConnections: () => undefined,
    listQuotas: () => undefined,
    listLimitRanges: () => undefined,
    findQueue: () => undefined,
    findRun: () => undefined,
    findSetting: () => undefined,
    findQueueing: () => undefined,
  }
  const admission = createTestAdmission(kube, { near })
  expect((await admission.create({ type, object: aRun() })).response.allowed).toBe(true)
  expect(readsOf(kube).toSorted()).toEqual([
    'list limitranges',
    'list priorityclasses',
    'list repositoryconnections',
    'list resourcequotas',
    'read namespaces',
    'read pipelineconfigs',
  ])
})
