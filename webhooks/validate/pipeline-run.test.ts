import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { sealPlan } from '../../crds/plan-hash.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, dev, seed, someSettings } from '../../test/helpers/admission.ts'
import { aConfig, aConnection, anInlineRun, aQuota, aRun, aSecret, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'
import type { FactSource } from '../gather.ts'

const type = resourceTypes.pipelineRun
type Objects = Parameters<typeof seed>[1][]

const aStep = (change: Partial<Step> = {}): Step => ({ name: 'test', image: 'i', commands: ['c'], ...change })
const withSecret = (change: Partial<Step> = {}) =>
  aConfig({ steps: [aStep({ secrets: [{ secretRef: 'token', key: 'T' }], ...change })] })
const usableBy = (text: string) => aSecret('token', { annotations: { 'c8s.dev/usable-by': text } })
const author = (username: string) => ({ 'c8s.dev/author': JSON.stringify({ username, groups: [], uid: '' }) })
const nobody: FakeKubeOptions = { isAllowed: () => false }

async function start(objects: Objects = [aConfig()], options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  await seed(kube, ...objects)
  return { kube, admission: createTestAdmission(kube) }
}

async function create(run: PipelineRun, objects?: Objects, options?: FakeKubeOptions) {
  const { admission } = await start(objects, options)
  const { response } = await admission.create({ type, object: run })
  return response
}

const messageOf = (response: Awaited<ReturnType<typeof create>>) => response.status?.message ?? 'allowed'

test('a run of a config that exists is let through, and read with one round of reads', async () => {
  const { kube, admission } = await start()
  kube.requests.length = 0
  const { response } = await admission.create({ type, object: aRun() })
  expect(response).toEqual({ uid: 'review-1', allowed: true })
  expect(kube.requests.map(({ verb, type: { plural } }) => `${verb} ${plural}`).toSorted()).toEqual([
    'list limitranges',
    'list priorityclasses',
    'list repositoryconnections',
    'list resourcequotas',
    'read namespaces',
    'read pipelineconfigs',
  ])
})

test('a config that does not exist is named, with the one that was likely meant', async () => {
  const response = await create(aRun({ pipelineConfigRef: 'ap' }), [aConfig(), aConfig({}, { name: 'other' })])
  expect(messageOf(response)).toBe(
    'spec.pipelineConfigRef: NotFound: PipelineConfig "ap" does not exist (did you mean app?)',
  )
  expect(response.status?.code).toBe(422)
})

test('a dry run of a run whose config may still come is let through, and warned', async () => {
  const { admission } = await start([aConfig()])
  const { object, response } = await admission.create({ type, object: aRun({ pipelineConfigRef: 'ap' }), dryRun: true })
  expect(response).toMatchObject({
    allowed: true,
    warnings: ['spec.pipelineConfigRef: NotFound: PipelineConfig "ap" does not exist (did you mean app?)'],
  })
  expect(object).not.toHaveProperty('spec.plan')
})

test('a dry run is refused for all else that is wrong, and for a missing config where references must be there', async () => {
  const { kube, admission } = await start([])
  const event = { type: 'push', delivery: '1' }
  const forged = await admission.create({ type, object: aRun({ event } as never), dryRun: true })
  expect(messageOf(forged.response)).toContain('spec.event')
  const strict = createTestAdmission(kube, { settings: { ...someSettings, strictReferences: true } })
  const { response } = await strict.create({ type, object: aRun(), dryRun: true })
  expect(messageOf(response)).toContain('PipelineConfig "app" does not exist')
})

test('where nothing is near, it is told what there is', async () => {
  const far = await create(aRun({ pipelineConfigRef: 'zzzzzz' }), [aConfig()])
  expect(messageOf(far)).toContain('(there are app)')
  expect(messageOf(await create(aRun(), []))).toContain('there is none in this namespace')
})

test('a config whose matrix is not such as it must be is refused at the reference', async () => {
  const matrix = { dimensions: { Node: ['22', '24'] } }
  const response = await create(aRun(), [aConfig({ matrix })])
  expect(messageOf(response)).toMatch(
    /^spec\.pipelineConfigRef: Invalid: matrix\.dimensions\.Node "Node" is not a name/,
  )
})

test('the params and the combination of a run are judged by its config', async () => {
  const config = aConfig({
    matrix: { dimensions: { node: ['22', '24'] } },
    params: [{ name: 'version' }, { name: 'level', enum: ['quick', 'full'], default: 'quick' }],
  })
  const params = { versoin: '1', level: 'slow' }
  const message = messageOf(await create(aRun({ params, matrixIndex: { node: '20' } }), [config]))
  expect(message).toContain(
    'spec.params[versoin]: UnknownParam: the pipeline has no param "versoin" (did you mean version?)',
  )
  expect(message).toContain('spec.params[level]: Invalid: must be one of "quick", "full"')
  expect(message).toContain('spec.params[version]: Required: the pipeline has no default for the param "version"')
  expect(message).toContain('spec.matrixIndex: Invalid: node="20" is no combination')
})

test('a config with a matrix and params is frozen with its legs', async () => {
  const step = aStep({ name: 'test', image: 'node:$(matrix.node)-$(params.base)' })
  const config = aConfig({
    steps: [step],
    matrix: { dimensions: { node: ['22', '24'] } },
    params: [{ name: 'base', default: 'slim' }],
  })
  const { admission } = await start([config])
  const object = aRun({ params: { base: 'alpine' } })
  const { object: made, response } = await admission.create({ type, object })
  expect(response.allowed).toBe(true)
  expect((made as PipelineRun).spec.plan).toMatchObject({
    steps: [{ name: 'test', legs: [{ name: 'test-22', values: { node: '22' } }, { name: 'test-24' }] }],
    params: { base: 'alpine' },
    matrixDimensions: ['node'],
  })
})

test('a value that makes no image is told at the reference', async () => {
  const step = aStep({ name: 'test', image: 'node:$(params.base)' })
  const config = aConfig({ steps: [step], params: [{ name: 'base', default: 'slim' }] })
  const message = messageOf(await create(aRun({ params: { base: 'a b' } }), [config]))
  expect(message).toContain('spec.pipelineConfigRef: Invalid: steps[0].image filled in, "node:a b" is not an image')
})

test('all that is wrong with a run is told at once', async () => {
  const run = anInlineRun({
    repository: 'https://user:pw@git.test/a',
    steps: [
      aStep({ name: 'a', dependsOn: ['b'], secrets: [{ secretRef: 'token', key: 'T' }] }),
      aStep({ name: 'b', dependsOn: ['a', 'none'], resources: { cpu: '9' } }),
    ],
  })
  const response = await create(run, [aQuota({ 'requests.cpu': '4' })], nobody)
  const message = messageOf(response)
  expect(message).toMatch(/spec\.pipelineSpec\.repository/)
  expect(message).toMatch(/a → b → a/)
  expect(message).toMatch(/spec\.pipelineSpec\.steps\[1\]\.dependsOn\[1\]: UnknownStep/)
  expect(message).toMatch(/spec\.pipelineSpec\.steps\[0\]\.secrets\[0\]\.secretRef: SecretForbidden/)
  expect(message).toMatch(/spec\.pipelineSpec\.steps\[1\]\.resources\.cpu: QuotaImpossible/)
  expect(message).not.toContain('pw')
  expect(response.status?.code).toBe(422)
})

describe('Secrets', () => {
  test.each<[string, string, PipelineRun, Objects, FakeKubeOptions]>([
    ['allowed', 'the requester has the right', aRun(), [withSecret(), aSecret('token')], {}],
    ['SecretForbidden', 'nobody has', aRun(), [withSecret(), aSecret('token')], nobody],
    ['SecretForbidden', 'a missing one looks the same', aRun(), [withSecret()], nobody],
    ['allowed', 'the annotation names the config', aRun(), [withSecret(), usableBy('config:app')], nobody],
    ['SecretForbidden', 'it names another', aRun(), [withSecret(), usableBy('config:x')], nobody],
    ['allowed', 'it names the branch', aRun(), [withSecret(), usableBy('branch:main')], nobody],
    [
      'SecretForbidden',
      'it names another branch',
      aRun({ branch: 'dev' }),
      [withSecret(), usableBy('branch:main')],
      nobody,
    ],
    [
      'SecretForbidden',
      'a branch the config does not allow',
      aRun(),
      [aConfig({ ...withSecret().spec, branches: ['dev'] }), usableBy('branch:main')],
      nobody,
    ],
    [
      'SecretForbidden',
      'a branch that no clone proves',
      aRun(),
      [withSecret({ clone: false }), usableBy('branch:main')],
      nobody,
    ],
    ['allowed', 'it names the connection', aRun(), [withSecret(), aConnection(), usableBy('connection:forge')], nobody],
    [
      'SecretForbidden',
      'the connection is of another repository',
      aRun(),
      [withSecret(), aConnection({ repository: 'https://x.test/y' }), usableBy('connection:forge')],
      nobody,
    ],
    ['allowed', 'it names everybody', anInlineRun(withSecret().spec), [usableBy('*')], nobody],
    [
      'SecretForbidden',
      'inline commands are nobody the annotation names',
      anInlineRun(withSecret().spec),
      [aConnection(), usableBy('connection:forge,branch:main')],
      nobody,
    ],
    [
      'SecretForbidden',
      "a service account's token",
      aRun(),
      [withSecret(), aSecret('token', { annotations: { 'kubernetes.io/service-account.name': 'x' } })],
      {},
    ],
    [
      'SecretForbidden',
      "c8s's own",
      aRun(),
      [withSecret(), aSecret('token', { labels: { 'app.kubernetes.io/part-of': 'c8s' } })],
      {},
    ],
    [
      'SecretForbidden',
      'the webhook secret of a connection',
      aRun(),
      [withSecret(), aSecret('token'), aConnection({ webhookSecretRef: 'token' })],
      {},
    ],
    [
      'SecretForbidden',
      'the credential of any connection',
      aRun(),
      [withSecret(), aSecret('token'), aConnection({ repository: 'https://x.test/y', authSecretRef: 'token' })],
      {},
    ],
  ])('%s: %s', async (...[want, , run, objects, options]) => {
    const response = await create(run, objects, options)
    expect(response.allowed ? 'allowed' : messageOf(response)).toContain(want)
    if (!response.allowed) expect(response.status?.code).toBe(403)
  })

  test('the right of the author of the config is enough', async () => {
    const asked: unknown[] = []
    const isAllowed: FakeKubeOptions['isAllowed'] = (spec) => {
      asked.push(spec['user'])
      return spec['user'] === 'lead'
    }
    const config = aConfig(withSecret().spec, { annotations: author('lead') })
    expect(messageOf(await create(aRun(), [config, aSecret('token')], { isAllowed }))).toBe('allowed')
    expect(asked).toEqual(['dev', 'lead'])
  })

  test('the author is not asked about where the requester may', async () => {
    const asked: unknown[] = []
    const isAllowed: FakeKubeOptions['isAllowed'] = (spec) => asked.push(spec['user']) > 0
    await create(aRun(), [aConfig(withSecret().spec, { annotations: author('lead') }), aSecret('token')], { isAllowed })
    expect(asked).toEqual(['dev'])
  })

  test('a Secret that is still to come is only warned about', async () => {
    const response = await create(aRun(), [withSecret()])
    expect(response.allowed).toBe(true)
    expect(response.warnings).toEqual([
      expect.stringMatching(/^spec\.plan\.steps\[0\]\.secrets\[0\]\.secretRef: NotFound/),
    ])
  })

  test('no value of a Secret is read', async () => {
    const { kube } = await start([withSecret(), aSecret('token')])
    const reads: string[] = []
    const source: FactSource = {
      get: (resource, key) => {
        reads.push(resource.plural)
        return kube.get(resource, key)
      },
      getMetadata: (resource, key) => kube.getMetadata(resource, key),
      list: (resource, options) => kube.list(resource, options),
      create: (resource, object) => kube.create(resource, object),
    }
    const { response } = await createTestAdmission(source).create({ type, object: aRun() })
    expect(response.allowed).toBe(true)
    expect(reads).toEqual(['pipelineconfigs', 'namespaces'])
  })
})

describe('the last look', () => {
  const forgePlan = (run: PipelineRun): PipelineRun => {
    const { plan } = run.spec
    if (plan === undefined) throw new Error('the run was not frozen')
    return { ...run, spec: { ...run.spec, plan: { ...plan, timeoutSeconds: 1 } } }
  }

  test('a plan that was changed after it was frozen is refused', async () => {
    const { admission } = await start()
    const { object } = await admission.mutate({ type, object: aRun() })
    const response = await admission.validate({ type, object: forgePlan(object as PipelineRun) })
    expect(messageOf(response)).toMatch(/^spec\.plan: Forbidden/)
  })

  test('a plan that another version of c8s froze is to be sent again, and not let through', async () => {
    const { admission } = await start()
    const { object } = await admission.mutate({ type, object: aRun() })
    const { spec, ...rest } = object as PipelineRun
    const [step] = spec.plan?.steps ?? []
    if (spec.plan === undefined || step === undefined) throw new Error('the run was not frozen')
    const plan = { ...spec.plan, steps: [{ ...step, clone: false }] }
    const response = await admission.validate({ type, object: { ...rest, spec: { ...spec, plan: sealPlan(plan) } } })
    expect(response).toMatchObject({ allowed: false, status: { code: 429 } })
    expect(messageOf(response)).toContain('another version of c8s froze the plan')
    expect(messageOf(await admission.validate({ type, object: { ...rest, spec: { ...spec, plan } } }))).toMatch(
      /Forbidden/,
    )
  })

  test('a run that was never stamped is refused', async () => {
    const { admission } = await start()
    expect(messageOf(await admission.validate({ type, object: aRun() }))).toMatch(/^spec\.plan: Forbidden/)
  })

  test.each([
    ['another user', { triggeredBy: 'boss' }],
    ['another time', { triggeredAt: '2026-11-20T10:00:00Z' }],
  ])('stamps of %s are refused', async (...[, stamps]) => {
    const { admission } = await start()
    const { object } = await admission.mutate({ type, object: aRun() })
    const run = object as PipelineRun
    const response = await admission.validate({ type, object: { ...run, spec: { ...run.spec, ...stamps } } })
    expect(response.allowed).toBe(false)
  })

  test('a config that changed on the way asks for another try, on a replica that did not freeze it', async () => {
    const { kube, admission } = await start()
    const { object } = await admission.mutate({ type, object: aRun() })
    const stored = await kube.get(resourceTypes.pipelineConfig, { namespace: team, name: 'app' })
    await kube.replace(resourceTypes.pipelineConfig, {
      ...aConfig({ timeout: '5m' }),
      metadata: stored?.metadata ?? {},
    })
    const other = createTestAdmission(kube)
    expect(messageOf(await other.validate({ type, object }))).toContain('was changed while the run was being created')
  })

  test('a replica that did not freeze it says the same', async () => {
    const { kube, admission } = await start()
    const { object } = await admission.mutate({ type, object: aRun() })
    expect(messageOf(await createTestAdmission(kube).validate({ type, object }))).toBe('allowed')
  })
})

describe('updates', () => {
  const frozen = async () => {
    const { admission } = await start()
    return { admission, run: (await admission.mutate({ type, object: aRun() })).object as PipelineRun }
  }

  test('a spec stays as it was, but for cancel', async () => {
    const { admission, run } = await frozen()
    const cancelled = { ...run, spec: { ...run.spec, cancel: true } }
    expect(
      messageOf(await admission.create({ type, object: cancelled, oldObject: run }).then(({ response }) => response)),
    ).toBe('allowed')
    const moved = { ...run, spec: { ...run.spec, commit: 'fffffff' } }
    expect(messageOf(await admission.validate({ type, object: moved, oldObject: run }))).toMatch(
      /^spec\.commit: Immutable/,
    )
    expect(messageOf(await admission.validate({ type, object: run, oldObject: cancelled }))).toMatch(
      /^spec\.cancel: Immutable/,
    )
  })

  test('labels may change, whatever the config is now', async () => {
    const { admission, run } = await frozen()
    const object = { ...run, metadata: { ...run.metadata, labels: { ...run.metadata.labels, mine: 'x' } } }
    expect((await admission.create({ type, object, oldObject: run })).response.allowed).toBe(true)
  })

  test('deleting, and taking a finalizer away, is always let through', async () => {
    const { admission } = await start([])
    const ending = aRun({ commit: 'NOT A COMMIT' }, { deletionTimestamp: '2026-11-21T10:00:00Z', finalizers: ['x'] })
    expect((await admission.validate({ type, object: aRun(), oldObject: ending })).allowed).toBe(true)
    expect((await admission.validate({ type, oldObject: ending, operation: 'DELETE' })).allowed).toBe(true)
    expect((await admission.mutate({ type, oldObject: ending, operation: 'DELETE' })).response.allowed).toBe(true)
  })
})

test('an installation may insist that what is referred to exists', async () => {
  const kube = new FakeKube()
  await seed(kube, withSecret())
  const strict = createTestAdmission(kube, { settings: { ...someSettings, strictReferences: true } })
  const { response } = await strict.create({ type, object: aRun(), user: dev })
  expect(messageOf(response)).toMatch(/^spec\.plan\.steps\[0\]\.secrets\[0\]\.secretRef: NotFound/)
})

test('a failed read is an answer with code 500 that tells nothing', async () => {
  const kube = new FakeKube({
    before: () => {
      throw new Error('password=hunter2')
    },
  })
  const admission = createTestAdmission(kube)
  const response = await admission.validate({ type, object: aRun() })
  expect(response).toEqual({
    uid: 'review-1',
    allowed: false,
    status: {
      code: 500,
      reason: 'InternalError',
      message: 'c8s failed while judging the object; nothing was changed; its log tells more',
    },
  })
  expect(admission.faults).toHaveLength(1)
})
