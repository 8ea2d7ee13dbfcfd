import { describe, expect, test } from 'vitest'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, seed } from '../../test/helpers/admission.ts'
import { aConnection, aNamespace, anOwnJob, aSecret, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.job
type Objects = Parameters<typeof seed>[1][]

async function start(objects: Objects = [], options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  await seed(kube, aNamespace(), ...objects)
  return { kube, admission: createTestAdmission(kube) }
}

const changeMeta = (job: Job, change: object): Job => ({ ...job, metadata: { ...job.metadata, ...change } })
const messageOf = ({ response }: { response: { status?: { message: string } } }) =>
  response.status?.message ?? 'allowed'

describe("a user's own Job", () => {
  const repository = { 'c8s.dev/repository': 'https://git.test/team/app', 'c8s.dev/commit': 'abc1234' }
  const secrets = { 'c8s.dev/secrets': '[{"secretRef":"token","key":"T"}]' }
  const withSpec = (spec: object, notes: Readonly<Record<string, string>> = {}) => anOwnJob(notes, spec)
  const main = { name: 'main', image: 'x' }

  test.each<[string, Job, Objects, FakeKubeOptions, string]>([
    ['plain', anOwnJob(), [], {}, 'allowed'],
    ['with a clone', anOwnJob(repository), [], {}, 'allowed'],
    ['with a Secret he may use', anOwnJob(secrets), [aSecret('token')], {}, 'allowed'],
    [
      'with a Secret he may not use',
      anOwnJob(secrets),
      [aSecret('token')],
      { isAllowed: () => false },
      'metadata.annotations[c8s.dev/secrets][0].secretRef: SecretForbidden',
    ],
    [
      'with a Secret for everybody',
      anOwnJob(secrets),
      [aSecret('token', { annotations: { 'c8s.dev/usable-by': '*' } })],
      { isAllowed: () => false },
      'allowed',
    ],
    [
      'with a Secret for a connection',
      anOwnJob({ ...secrets, ...repository }),
      [aConnection(), aSecret('token', { annotations: { 'c8s.dev/usable-by': 'connection:forge' } })],
      { isAllowed: () => false },
      'SecretForbidden',
    ],
    [
      'with secrets that are no JSON',
      anOwnJob({ 'c8s.dev/secrets': 'token' }),
      [],
      {},
      'metadata.annotations[c8s.dev/secrets]: Invalid',
    ],
    [
      'with secrets of a wrong form',
      anOwnJob({ 'c8s.dev/secrets': '[{"secretRef":"A B","x":1}]' }),
      [],
      {},
      'c8s.dev/secrets][0].secretRef: Invalid',
    ],
    [
      'with a Secret without key',
      anOwnJob({ 'c8s.dev/secrets': '[{"secretRef":"a"}]' }),
      [],
      {},
      'c8s.dev/secrets][0].key: Required',
    ],
    [
      'with a key that is no variable',
      anOwnJob({ 'c8s.dev/secrets': '[{"secretRef":"a","key":"a.b"}]' }),
      [],
      {},
      'c8s.dev/secrets][0].envVar: Invalid',
    ],
    [
      'with a file out of the folder',
      anOwnJob({ 'c8s.dev/secrets': '[{"secretRef":"a","key":"b","file":".."}]' }),
      [],
      {},
      'c8s.dev/secrets][0].file: Invalid',
    ],
    [
      'with a repository and no commit',
      anOwnJob({ 'c8s.dev/repository': 'https://git.test/a' }),
      [],
      {},
      'metadata.annotations[c8s.dev/repository]: Required',
    ],
    [
      'with a commit and no repository',
      anOwnJob({ 'c8s.dev/commit': 'abc1234' }),
      [],
      {},
      'metadata.annotations[c8s.dev/commit]: Required',
    ],
    [
      'with a hostile repository',
      anOwnJob({ ...repository, 'c8s.dev/repository': 'ext::sh -c id' }),
      [],
      {},
      'metadata.annotations[c8s.dev/repository]: Invalid',
    ],
    [
      'with a hostile commit',
      anOwnJob({ ...repository, 'c8s.dev/commit': '--upload-pack=x' }),
      [],
      {},
      'metadata.annotations[c8s.dev/commit]: Invalid',
    ],
    [
      'with a hostile branch',
      anOwnJob({ ...repository, 'c8s.dev/branch': '-x' }),
      [],
      {},
      'metadata.annotations[c8s.dev/branch]: Invalid',
    ],
    [
      'with a timeout that is none',
      anOwnJob({ 'c8s.dev/timeout': 'soon' }),
      [],
      {},
      'metadata.annotations[c8s.dev/timeout]: Invalid',
    ],
    [
      'with a timeout of nothing',
      anOwnJob({ 'c8s.dev/timeout': '0s' }),
      [],
      {},
      'metadata.annotations[c8s.dev/timeout]: Invalid',
    ],
    [
      'with a container that is not there',
      anOwnJob({ 'c8s.dev/container': 'x' }),
      [],
      {},
      'metadata.annotations[c8s.dev/container]: NotFound',
    ],
    [
      'without a command',
      withSpec({ containers: [main] }),
      [],
      {},
      'spec.template.spec.containers[0].command: Required',
    ],
    [
      'that starts its containers again',
      withSpec({ restartPolicy: 'OnFailure' }),
      [],
      {},
      'spec.template.spec.restartPolicy: Unsupported',
    ],
    [
      'with our names',
      withSpec({
        containers: [
          { ...main, command: ['x'] },
          { name: 'c8s-log', image: 'x' },
        ],
      }),
      [],
      {},
      'spec.template.spec.containers[1].name: Reserved',
    ],
    [
      'with a credential he may use',
      anOwnJob({ ...repository, 'c8s.dev/auth-secret': 'key' }),
      [aSecret('key')],
      {},
      'allowed',
    ],
    [
      'with a credential he may not use',
      anOwnJob({ ...repository, 'c8s.dev/auth-secret': 'key' }),
      [aSecret('key')],
      { isAllowed: () => false },
      'metadata.annotations[c8s.dev/auth-secret]: SecretForbidden',
    ],
    [
      'with the credential of the connection of this repository',
      anOwnJob({ ...repository, 'c8s.dev/auth-secret': 'key' }),
      [aSecret('key'), aConnection({ authSecretRef: 'key' })],
      { isAllowed: () => false },
      'allowed',
    ],
    [
      'with the credential of the connection of another one',
      anOwnJob({ ...repository, 'c8s.dev/auth-secret': 'key' }),
      [aSecret('key'), aConnection({ repository: 'https://x.test/y', authSecretRef: 'key' })],
      { isAllowed: () => false },
      'SecretForbidden',
    ],
    [
      'with that credential in clear text',
      anOwnJob({ ...repository, 'c8s.dev/repository': 'http://git.test/team/app', 'c8s.dev/auth-secret': 'key' }),
      [aSecret('key'), aConnection({ authSecretRef: 'key' })],
      { isAllowed: () => false },
      'SecretForbidden',
    ],
  ])('%s', async (...[, object, objects, options, want]) => {
    const { admission } = await start(objects, options)
    expect(messageOf(await admission.create({ type, object }))).toContain(want)
  })

  test('is not taken for one later', async () => {
    const { admission } = await start()
    const oldObject = changeMeta(anOwnJob(), { labels: {} })
    const response = await admission.validate({ type, object: anOwnJob(), oldObject })
    expect(response.status?.message).toMatch(/c8s\.dev\/job-type\]: Immutable/)
    const asStep = changeMeta(anOwnJob(), { labels: { 'c8s.dev/job-type': 'step' } })
    expect((await admission.validate({ type, object: asStep, oldObject: anOwnJob() })).allowed).toBe(false)
  })

  test('without our label, and other kinds, are left alone', async () => {
    const { admission } = await start()
    const pod = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true }
    const object = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', namespace: team } }
    expect((await admission.create({ type: pod, object })).response).toEqual({ uid: 'review-1', allowed: true })
    const status = await admission.validate({ type, object: anOwnJob(), oldObject: anOwnJob(), subresource: 'status' })
    expect(status.allowed).toBe(true)
  })
})
