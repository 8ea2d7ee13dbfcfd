import { expect, test } from 'vitest'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, seed, someSettings } from '../../test/helpers/admission.ts'
import { aConfig, aConnection, aQuota, aRun, aSecret } from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineConfig
type Objects = Parameters<typeof seed>[1][]
const steps = [{ name: 'test', image: 'i', commands: ['c'], secrets: [{ secretRef: 'token', key: 'T' }] }]
const usableBy = (text: string) => aSecret('token', { annotations: { 'c8s.dev/usable-by': text } })
const nobody: FakeKubeOptions = { isAllowed: () => false }

async function start(objects: Objects = [], options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  await seed(kube, ...objects)
  return createTestAdmission(kube)
}

const create = async (object: object, objects?: Objects, options?: FakeKubeOptions) =>
  (await (await start(objects, options)).create({ type, object })).response

test('a config without Secrets needs the quotas and what is set for the namespace only', async () => {
  const kube = new FakeKube()
  const { response } = await createTestAdmission(kube).create({ type, object: aConfig() })
  expect(response.allowed).toBe(true)
  expect(kube.requests.map(({ verb, type: { plural } }) => `${verb} ${plural}`)).toEqual([
    'list resourcequotas',
    'read namespaces',
    'list limitranges',
    'list priorityclasses',
  ])
})

test('a cycle is refused with all of it named', async () => {
  const cyclic = ['test', 'build'].map((name, index) => ({
    name,
    image: 'i',
    commands: ['c'],
    dependsOn: [['build', 'test'][index] ?? ''],
  }))
  const { status } = await create(aConfig({ steps: cyclic }))
  expect(status?.message).toContain('test → build → test')
  expect(status?.code).toBe(422)
  expect(status?.details?.causes[0]?.field).toMatch(/^spec\.steps/)
})

test.each<[string, string, Objects, FakeKubeOptions]>([
  ['allowed', 'the author has the right', [aSecret('token')], {}],
  ['SecretForbidden', 'the author has it not', [aSecret('token')], nobody],
  ['SecretForbidden', 'nor is it there', [], nobody],
  ['allowed', 'its annotation names the config', [usableBy('config:app')], nobody],
  ['allowed', 'it names branches, which a run will tell', [usableBy('config:app,branch:main')], nobody],
  ['SecretForbidden', 'it names another config', [usableBy('config:x,branch:main')], nobody],
  ['allowed', 'it names the connection', [aConnection(), usableBy('connection:forge')], nobody],
  [
    'SecretForbidden',
    'it is the credential of a connection',
    [aConnection({ authSecretRef: 'token' }), aSecret('token')],
    {},
  ],
])('%s: %s', async (...[want, , objects, options]) => {
  const response = await create(aConfig({ steps }), objects, options)
  expect(response.allowed ? 'allowed' : response.status?.message).toContain(want)
})

test('a Secret that is still to come is warned about, or refused where the installation insists', async () => {
  expect((await create(aConfig({ steps }))).warnings).toEqual([
    expect.stringMatching(/^spec\.steps\[0\]\.secrets\[0\]\.secretRef: NotFound: Secret "token" does not exist yet/),
  ])
  const strict = createTestAdmission(new FakeKube(), { settings: { ...someSettings, strictReferences: true } })
  expect((await strict.create({ type, object: aConfig({ steps }) })).response.allowed).toBe(false)
})

test('a step that can never fit is refused with quota, asked and hard', async () => {
  const big = aConfig({ steps: [{ name: 'big', image: 'i', commands: ['c'], resources: { memory: '8Gi' } }] })
  const { status } = await create(big, [aQuota({ 'limits.memory': '4Gi' })])
  expect(status?.message).toMatch(
    /^spec\.steps\[0\]\.resources\.memory: QuotaImpossible: .*8320Mi of limits\.memory.*"team" has 4Gi/,
  )
})

test('a spec that did not change is not judged again, whoever touches the object', async () => {
  const admission = await start([], nobody)
  const stored = aConfig({ steps })
  const object = aConfig({ steps }, { labels: { a: 'b' } })
  expect((await admission.create({ type, object, oldObject: stored })).response).toEqual({
    uid: 'review-1',
    allowed: true,
  })
})

test('who changes the spec must have the right himself', async () => {
  const admission = await start([aSecret('token')], { isAllowed: ({ user }) => user === 'lead' })
  const annotations = { 'c8s.dev/author': '{"username":"lead","groups":[],"uid":""}' }
  const oldObject = aConfig({ steps }, { annotations })
  const object = aConfig({ steps, timeout: '5m' }, { annotations })
  expect((await admission.create({ type, object, oldObject })).response.status?.code).toBe(403)
})

test.each([
  ['pipelineconfigs', resourceTypes.pipelineConfig, aConfig()],
  ['pipelineruns', resourceTypes.pipelineRun, aRun()],
  ['repositoryconnections', resourceTypes.repositoryConnection, aConnection()],
])('the status of %s is written by the controller alone', async (...[, resource, object]) => {
  const admission = await start()
  const options = { type: resource, object: { ...object, status: {} }, oldObject: object, subresource: 'status' }
  const refused = await admission.validate(options)
  expect(refused.status).toMatchObject({
    code: 403,
    message: expect.stringMatching(/^status: Forbidden: only system:serviceaccount:c8s-system:c8s-controller/),
  })
  expect(
    (await admission.validate({ ...options, user: { username: 'system:admin', groups: ['system:masters'] } })).allowed,
  ).toBe(false)
  expect((await admission.validate({ ...options, user: controller })).allowed).toBe(true)
})

test.each([
  ['Pending', 'Running', true],
  ['Running', 'Succeeded', true],
  ['Succeeded', 'Running', false],
  ['Failed', 'Succeeded', false],
  ['Cancelled', 'Running', false],
  ['Running', 'Pending', false],
] as const)('a run that is %s becomes %s: %s', async (...[before, after, want]) => {
  const admission = await start()
  const object = { ...aRun(), status: { phase: after } }
  const oldObject = { ...aRun(), status: { phase: before } }
  const options = { type: resourceTypes.pipelineRun, object, oldObject, subresource: 'status', user: controller }
  expect((await admission.validate(options)).allowed).toBe(want)
})
