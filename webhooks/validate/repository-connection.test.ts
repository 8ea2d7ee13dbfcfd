import { expect, test } from 'vitest'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, seed } from '../../test/helpers/admission.ts'
import { aConfig, aConnection, aSecret } from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.repositoryConnection
type Objects = Parameters<typeof seed>[1][]
const nobody: FakeKubeOptions = { isAllowed: () => false }
const token = { 'kubernetes.io/service-account.name': 'default' }

async function create(object: object, objects: Objects = [], options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  await seed(kube, ...objects)
  return (await createTestAdmission(kube).create({ type, object })).response
}

test.each<[string, string, object, Objects, FakeKubeOptions]>([
  ['allowed', 'no credential', aConnection(), [], nobody],
  ['allowed', 'one its author may use', aConnection({ authSecretRef: 'key' }), [aSecret('key')], {}],
  ['SecretForbidden', 'one its author may not use', aConnection({ authSecretRef: 'key' }), [aSecret('key')], nobody],
  ['SecretForbidden', 'one that is not there, and not his', aConnection({ authSecretRef: 'key' }), [], nobody],
  [
    'allowed',
    'one whose annotation names the connection',
    aConnection({ authSecretRef: 'key' }),
    [aSecret('key', { annotations: { 'c8s.dev/usable-by': 'connection:forge' } })],
    nobody,
  ],
  [
    'SecretForbidden',
    'one whose annotation names another',
    aConnection({ authSecretRef: 'key' }),
    [aSecret('key', { annotations: { 'c8s.dev/usable-by': 'connection:x' } })],
    nobody,
  ],
  [
    'SecretForbidden',
    'one whose annotation names a config',
    aConnection({ authSecretRef: 'key' }),
    [aSecret('key', { annotations: { 'c8s.dev/usable-by': 'config:app' } })],
    nobody,
  ],
  [
    'SecretForbidden',
    "a service account's token",
    aConnection({ authSecretRef: 'key' }),
    [aSecret('key', { annotations: token })],
    {},
  ],
  [
    'SecretForbidden',
    'a webhook secret that is not his',
    aConnection({ webhookSecretRef: 'key' }),
    [aSecret('key')],
    nobody,
  ],
  [
    'Insecure',
    'a credential in clear text',
    aConnection({ repository: 'http://git.test/a', authSecretRef: 'key' }),
    [aSecret('key')],
    {},
  ],
])('%s: %s', async (...[want, , object, objects, options]) => {
  const response = await create(object, objects, options)
  const told = [response.status?.message ?? 'allowed', ...(response.warnings ?? [])].join('\n')
  expect(told).toContain(want)
})

test('what is still to come is warned about', async () => {
  const response = await create(aConnection({ authSecretRef: 'key', pipelineConfigRef: 'app' }))
  expect(response.allowed).toBe(true)
  expect(response.warnings).toEqual(
    expect.arrayContaining([
      expect.stringContaining('spec.authSecretRef: NotFound: Secret "key" does not exist yet'),
      expect.stringContaining('spec.pipelineConfigRef: NotFound: PipelineConfig "app" does not exist yet'),
    ]),
  )
})

test('what exists is not warned about', async () => {
  const response = await create(aConnection({ authSecretRef: 'key', pipelineConfigRef: 'app' }), [
    aSecret('key'),
    aConfig(),
  ])
  expect((response.warnings ?? []).filter((warning) => warning.includes('NotFound'))).toEqual([])
})

test('a change of labels asks nobody', async () => {
  const kube = new FakeKube(nobody)
  const oldObject = aConnection({ authSecretRef: 'key' })
  const object = aConnection({ authSecretRef: 'key' }, { labels: { a: 'b' } })
  expect((await createTestAdmission(kube).create({ type, object, oldObject })).response.allowed).toBe(true)
  expect(kube.requests).toEqual([])
})
