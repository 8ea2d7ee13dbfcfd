import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, seed, someSettings } from '../../test/helpers/admission.ts'
import { aConfig, aNamespace, anInlineRun, aQuota, aRun, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import type { NearObjects } from '../near.ts'

const type = resourceTypes.pipelineRun
const planOf = ({ metadata }: KubeObject) => metadata.annotations?.[annotations.plan]

const knowsNothing: NearObjects = {
  findConfig: () => undefined,
  listConnections: () => undefined,
  listQuotas: () => undefined,
  listLimitRanges: () => undefined,
  findRun: () => undefined,
  findQueue: () => undefined,
  findSetting: () => undefined,
  findQueueing: () => undefined,
}

async function start(...objects: readonly KubeObject[]) {
  const kube = new FakeKube()
  await seed(kube, aConfig(), ...objects)
  return createTestAdmission(kube)
}

test('a dry run answers with the plan, in lines and as an annotation, and is let through', async () => {
  const admission = await start(aQuota({ 'requests.cpu': '4' }))
  const { object, response } = await admission.create({ type, object: aRun(), dryRun: true })
  expect(response.allowed).toBe(true)
  expect(response.warnings?.[0]).toBe('plan: 2 steps (test, build)')
  expect(response.warnings).toContain('quota team: has room, the run would start now')
  expect(planOf(object)).toContain('stepCount: 2\n')
})

test('a run that would wait hears how many wait before it', async () => {
  const kube = new FakeKube()
  const quota = aQuota({ 'requests.cpu': '4' })
  await seed(kube, aConfig(), quota)
  const used = { hard: { 'requests.cpu': '4' }, used: { 'requests.cpu': '4' } }
  const key = { namespace: team, name: quota.metadata.name ?? '' }
  await kube.patch(resourceTypes.resourceQuota, key, { status: used }, { subresource: 'status' })
  const near: NearObjects = { ...knowsNothing, findQueue: () => ({ waiting: 3 }) }
  const { response } = await createTestAdmission(kube, { near }).create({ type, object: aRun(), dryRun: true })
  expect(response.warnings?.find((line) => line.startsWith('quota'))).toContain('at position 4 or so')
})

test('of the quota of a team it hears what all its namespaces have left, and the place in their queue', async () => {
  const kube = new FakeKube()
  const quota = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'team-blue', namespace: 'c8s-system', labels: { 'c8s.dev/team-quota': 'blue' } },
    data: { 'requests.cpu': '2', pods: '9' },
  }
  const namespace = { ...aNamespace(), metadata: { name: team, labels: { 'c8s.dev/team': 'blue' } } }
  await seed(kube, aConfig(), namespace, quota)
  const used = new Map([['requests.cpu', 1_900_000_000n]])
  const near: NearObjects = { ...knowsNothing, findQueue: () => ({ waiting: 0, team: { waiting: 4, used } }) }
  const { response } = await createTestAdmission(kube, { near }).create({ type, object: aRun(), dryRun: true })
  expect(response.warnings).toContain(
    'quota team-blue of team blue: would wait at position 5 or so: requests.cpu 1900m of 2 used, step test asks for 520m',
  )
  // Where no watch knows what is used, nothing is said of it.
  const blind = await createTestAdmission(kube, { near: knowsNothing }).create({ type, object: aRun(), dryRun: true })
  expect(blind.response.warnings?.some((line) => line.startsWith('quota'))).toBe(false)
})

test('a run that is made has nothing of it, and loses what was copied from a dry run', async () => {
  const admission = await start()
  const copied = aRun({}, { annotations: { [annotations.plan]: 'old', mine: 'stays' } })
  const { object, response } = await admission.create({ type, object: copied })
  expect(response.warnings).toBeUndefined()
  expect(object.metadata.annotations).toEqual({ mine: 'stays' })
})

test('a change of a run that is there says nothing, also as a dry run', async () => {
  const admission = await start()
  const { object } = await admission.create({ type, object: aRun() })
  const cancelled = { ...object, spec: { ...(object as PipelineRun).spec, cancel: true } }
  const changed = await admission.mutate({ type, object: cancelled, oldObject: object, dryRun: true })
  expect([changed.response.warnings, changed.object.metadata.annotations]).toEqual([undefined, undefined])
})

test('what is refused is refused, whatever the plan would be', async () => {
  const admission = await start(aQuota({ 'requests.cpu': '100m' }))
  const { response } = await admission.create({ type, object: aRun(), dryRun: true })
  expect(response.status?.message).toContain('QuotaImpossible')
  expect(response.warnings?.some((line) => line.includes('can never start'))).toBe(true)
})

test('the cost is told where there are prices, and what earlier runs took where the config knows it', async () => {
  const kube = new FakeKube()
  await seed(kube, aConfig())
  const status = { usualSeconds: { p50: 360, p90: 400 } }
  await kube.patch(
    resourceTypes.pipelineConfig,
    { namespace: team, name: 'app' },
    { status },
    { subresource: 'status' },
  )
  const prices = { cpuHour: 1, gibHour: 0.5, currency: 'EUR' }
  const admission = createTestAdmission(kube, { settings: { ...someSettings, prices } })
  const { response } = await admission.create({ type, object: aRun(), dryRun: true })
  expect(response.warnings).toContain('takes at most 1h, usually 6m (nine of ten within 6m40s)')
  expect(response.warnings).toContain('costs at most 1.04 EUR, usually 0.10 EUR')
})

test('the lines and the annotation of a thousand steps fit', async () => {
  const steps = Array.from({ length: 1000 }, (_, at) => ({
    name: `step-with-a-rather-long-name-${at}`,
    image: 'registry.example/some/image:1.2.3',
    commands: ['true'],
    ...(at === 0 ? {} : { dependsOn: [`step-with-a-rather-long-name-${at - 1}`] }),
  }))
  const admission = await start()
  const { object, response } = await admission.create({ type, object: anInlineRun({ steps }), dryRun: true })
  expect(response.allowed).toBe(true)
  expect(response.warnings?.join('').length).toBeLessThan(4096)
  expect(Buffer.byteLength(planOf(object) ?? '')).toBeLessThan(100 * 1024)
  expect(planOf(object)).toMatch(/stepsLeftOut: \d+\n$/)
})

test('a matrix is told by its legs', async () => {
  const matrix = { dimensions: { node: ['20', '22', '24'], os: ['alpine', 'debian'] } }
  const steps = [{ name: 'test', image: 'node:$(matrix.node)-$(matrix.os)', commands: ['npm test'], matrix }]
  const admission = await start()
  const { object, response } = await admission.mutate({ type, object: anInlineRun({ steps }), dryRun: true })
  expect(response.warnings?.[0]).toBe('plan: 6 steps (test ×6)')
  expect(planOf(object)).toContain('image: node:22-alpine')
})
