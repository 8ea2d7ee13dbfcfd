import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, server } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aConnection,
  aForkRun,
  anEvent,
  aPullRequest,
  aRejectedRun,
  aRun,
  aSecret,
  fromFile,
  fullCommit,
} from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
type Objects = Parameters<typeof seed>[1][]

interface Requester {
  readonly user?: UserInfo
  readonly isAllowed?: NonNullable<FakeKubeOptions['isAllowed']>
}

/** By c8s's server, in a namespace where nobody has any right, unless it is said otherwise. */
async function create(run: PipelineRun, objects: Objects, { user = server, isAllowed = () => false }: Requester = {}) {
  const kube = new FakeKube({ isAllowed })
  await seed(kube, ...objects)
  kube.requests.length = 0
  const { response } = await createTestAdmission(kube).create({ type, object: run, user })
  const reads = kube.requests.map(({ verb, type: { plural } }) => `${verb} ${plural}`)
  return { verdict: response.status?.message ?? 'allowed', code: response.status?.code, reads, response }
}

const base = [aConfig(), aConnection()]
const push = aRun({ event: anEvent() })

describe('a run made from an event', () => {
  test.each<[string, string, PipelineRun, Objects]>([
    ['allowed', 'of a config', push, base],
    ['allowed', 'of a file of the commit', fromFile(push), base],
    ['allowed', 'of a fork', aForkRun(), base],
    [
      'allowed',
      'of a repository spelled otherwise',
      push,
      [aConfig(), aConnection({ repository: 'ssh://git@git.test/team/app.git' })],
    ],
    ['allowed', 'of what cannot run', aRejectedRun(), base],
    ['allowed', 'that was approved before', aForkRun({ approvedCommit: fullCommit }), base],
    [
      'allowed',
      'that needed no approval',
      aRun({ event: anEvent(), commit: fullCommit, approvedCommit: fullCommit }),
      base,
    ],
    ['allowed', 'of a config without any connection', aRun({ event: withoutConnection() }), [aConfig()]],
    ['spec.event.connection: Required', 'of a file of nowhere', fromFile(aRun({ event: withoutConnection() })), base],
    [
      'spec.event.connection: NotFound',
      'by a connection of another namespace',
      push,
      [aConfig(), aConnection({}, { namespace: 'team-b' })],
    ],
    ['spec.event.connection: NotFound', 'by no connection', push, [aConfig()]],
    ['spec.event.connection: NotFound', 'of what cannot run, by no connection', aRejectedRun(), [aConfig()]],
    [
      'spec.event.connection: Invalid',
      'by a connection of another repository',
      push,
      [aConfig(), aConnection({ repository: 'https://git.test/x/y' })],
    ],
    [
      'spec.event.connection: Invalid',
      'of a file of another repository',
      fromFile(push, { repository: 'https://git.test/x/y' }),
      base,
    ],
    ['spec.branch: Invalid', 'of a fork on a branch', aForkRun({ branch: 'main' }), base],
    [
      'spec.event.pullRequest: Required',
      'of a pull request that is none',
      aRun({ event: anEvent({ type: 'pullRequest' }) }),
      base,
    ],
    [
      'spec.approvedCommit: Invalid',
      'that was approved for another commit',
      aForkRun({ approvedCommit: 'f'.repeat(40) }),
      base,
    ],
    ['spec.pipelineConfigRef: NotFound', 'of no config', push, [aConnection()]],
    [
      'spec.rejected: Invalid',
      'of what can run and cannot',
      { ...push, spec: { ...push.spec, ...aRejectedRun().spec } },
      base,
    ],
  ])('%s: %s', async (...[want, , run, objects]) => {
    for (const user of [server, controller]) expect((await create(run, objects, { user })).verdict).toContain(want)
  })

  test.each<[string, string, PipelineRun]>([
    ['spec.event: Forbidden', 'an event', push],
    ['spec.event: Forbidden', 'an event with a pipeline', fromFile(push)],
    ['spec.rejected: Forbidden', 'a rejection', aRejectedRun()],
    ['spec.event: Forbidden', 'an approval with an event', aForkRun({ approvedCommit: fullCommit })],
    [
      'spec.approvedCommit: Invalid',
      'an approval of its own',
      aRun({ commit: fullCommit, approvedCommit: fullCommit }),
    ],
  ])('%s: from a user who brings %s', async (...[want, , run]) => {
    const { verdict } = await create(run, base, { user: dev, isAllowed: () => true })
    expect(verdict).toContain(want)
  })

  test('from a user is refused with 403 and what to do', async () => {
    const { verdict, code } = await create(push, base, { user: dev, isAllowed: () => true })
    expect(verdict).toBe('spec.event: Forbidden: only c8s itself can say what a run was made from (leave it out)')
    expect(code).toBe(403)
  })

  test('costs one list of connections, and one by hand none more than before', async () => {
    const usual = [
      'list limitranges',
      'list priorityclasses',
      'list repositoryconnections',
      'list resourcequotas',
      'read namespaces',
      'read pipelineconfigs',
    ]
    expect((await create(push, base)).reads.toSorted()).toEqual(usual)
    expect((await create(aRun(), base, { user: dev })).reads.toSorted()).toEqual(usual)
  })

  test('is judged by the connections that there are, not by those that a watch still knows', async () => {
    const kube = new FakeKube()
    await seed(kube, aConfig())
    const near = {
      findConfig: () => undefined,
      listConnections: () => [aConnection()],
      listQuotas: () => [],
      listLimitRanges: () => [],
      findQueue: () => undefined,
      findRun: () => undefined,
      findSetting: (namespace: string) => ({ namespace, limitRanges: [] }),
      findQueueing: () => ({ rejects: false, teamQuotas: [], priorityClasses: [] }),
    }
    const admission = createTestAdmission(kube, { near })
    for (const run of [push, aRejectedRun()]) {
      const { response } = await admission.create({ type, object: run, user: server })
      expect(response.status?.message).toMatch(/^spec\.event\.connection: NotFound/)
    }
  })

  test('that cannot run is not measured against a quota, and has its stamps looked at all the same', async () => {
    expect((await create(aRejectedRun(), base)).response).toEqual({ uid: 'review-1', allowed: true })
    const kube = new FakeKube()
    await seed(kube, ...base)
    const bare = await createTestAdmission(kube).validate({ type, object: aRejectedRun(), user: server })
    expect(bare.status?.message).toMatch(/^spec\.plan: Forbidden/)
  })
})

function withoutConnection() {
  const { connection: _connection, ...event } = anEvent()
  return event
}

describe('Secrets', () => {
  const steps = (more: object = {}): Partial<PipelineSpec> => ({
    steps: [{ name: 'test', image: 'i', commands: ['c'], secrets: [{ secretRef: 'token', key: 'T' }], ...more }],
  })
  const usableBy = (text: string) => aSecret('token', { annotations: { 'c8s.dev/usable-by': text } })
  const author = { 'c8s.dev/author': JSON.stringify({ username: 'lead', groups: [], uid: '' }) }
  const file = (run: PipelineRun, more: Partial<PipelineSpec> = {}) => fromFile(run, { ...steps(), ...more })
  const own = aRun({ event: anEvent(aPullRequest()), branch: 'feature' })

  test.each<[string, string, PipelineRun, string]>([
    ['allowed', 'connection', file(push), 'connection:forge'],
    ['allowed', 'everybody', file(push), '*'],
    ['allowed', 'connection and branch', file(push), 'connection:forge,branch:main'],
    ['allowed', 'branch', file(push), 'branch:main'],
    ['SecretForbidden', 'another connection', file(push), 'connection:other'],
    ['SecretForbidden', 'a config of the name of the file', file(push), 'config:web'],
    ['SecretForbidden', 'a config of the name that is in the cluster', file(push), 'config:app'],
    ['SecretForbidden', 'another branch', file(push), 'connection:forge,branch:release'],
    ['SecretForbidden', 'a branch that the file does not allow', file(push, { branches: ['dev'] }), 'branch:main'],
    ['SecretForbidden', 'a branch that no clone proves', file(push, steps({ clone: false })), 'branch:main'],
    ['SecretForbidden', 'nobody', file(push), ''],
    ['allowed', 'connection, of a tag', file(aRun({ event: anEvent({ type: 'tag' }), tag: 'v1' })), 'connection:forge'],
    ['allowed', 'the branch a pull request comes from', file(own), 'branch:feature'],
    ['SecretForbidden', 'the branch a pull request goes to', file(own), 'branch:main'],
    ['SecretForbidden', 'the branch a fork calls its own', file(aForkRun()), 'branch:main'],
    ['SecretForbidden', 'any branch, for a fork', file(aForkRun()), 'connection:forge,branch:**'],
    ['allowed', 'connection, for a fork once it is approved', file(aForkRun()), 'connection:forge'],
    ['SecretForbidden', 'config, for a file of a fork', file(aForkRun()), 'config:app'],
    ['allowed', 'config, for a fork', aForkRun(), 'config:app'],
    ['SecretForbidden', 'config and branch, for a fork', aForkRun(), 'config:app,branch:main'],
    ['allowed', 'config and branch, for a push', push, 'config:app,branch:main'],
    ['allowed', 'config and connection', push, 'config:app,connection:forge'],
  ])('%s: usable by %s', async (...[want, , run, text]) => {
    const { verdict, code } = await create(run, [aConfig(steps()), aConnection(), usableBy(text)])
    expect(verdict).toContain(want)
    if (want !== 'allowed') expect(code).toBe(403)
  })

  test('a refusal of a file says what to do', async () => {
    const { verdict } = await create(file(push), [...base, usableBy('')])
    expect(verdict).toContain('spec.pipelineSpec.steps[0].secrets[0].secretRef: SecretForbidden')
    expect(verdict).toContain('an admin can annotate the Secret with c8s.dev/usable-by: connection:forge')
  })

  test('no right speaks for a file, and only the author’s for a config', async () => {
    const asked: unknown[] = []
    const isAllowed: Requester['isAllowed'] = (spec) => asked.push(spec['user']) > 0
    expect((await create(file(push), [...base, aSecret('token')], { isAllowed })).verdict).toContain('SecretForbidden')
    expect(asked).toEqual([])
    const config = aConfig(steps(), { annotations: author })
    expect((await create(push, [config, aConnection(), aSecret('token')], { isAllowed })).verdict).toBe('allowed')
    expect(asked).toEqual(['lead'])
  })

  test('a step of another branch is asked nothing, wherever the run comes from', async () => {
    const deploy = steps({ conditional: { branch: 'main' } })
    const objects = [aConfig(deploy), aConnection(), usableBy('branch:main')]
    for (const run of [file(own, deploy), file(aForkRun(), deploy)])
      expect((await create(run, objects)).verdict).toBe('allowed')
    expect((await create(aRun({ branch: 'feature' }), objects, { user: dev })).verdict).toBe('allowed')
    expect((await create(aRun({ branch: 'main' }), objects, { user: dev })).verdict).toBe('allowed')
    expect((await create(aRun({ branch: 'main' }), [aConfig(deploy), usableBy('')], { user: dev })).verdict).toContain(
      'Secret',
    )
  })

  test.each([
    [
      'a token of a service account',
      aSecret('token', { annotations: { 'kubernetes.io/service-account.name': 'x', 'c8s.dev/usable-by': '*' } }),
    ],
    ['the credential of the connection', usableBy('*')],
  ])('never: %s', async (name, secret) => {
    const connection = aConnection(name.startsWith('the') ? { authSecretRef: 'token' } : {})
    expect((await create(file(push), [aConfig(), connection, secret])).verdict).toContain('is never given to a step')
  })
})
