import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { Job, KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, seed, server } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aForkRun,
  aNamespace,
  anInlineRun,
  anOwnJob,
  aRun,
  team,
} from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const aPolicy = (text: string, name = 'ci'): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `policy-${name}`, namespace: 'c8s-system', labels: { 'c8s.dev/policy': name } },
    data: { 'policy.yaml': `version: v1alpha1\n${text}` },
  }) as KubeObject

const aLimitRange = (...limits: readonly object[]): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'sizes', namespace: team },
    spec: { limits },
  }) as KubeObject

const underPolicy = aNamespace({ 'c8s.dev/policy': 'ci' })

async function start(...objects: readonly KubeObject[]) {
  const kube = new FakeKube()
  await seed(kube, ...objects)
  kube.requests.length = 0
  return { kube, admission: createTestAdmission(kube) }
}

const aStep = (change: Partial<Step> = {}): Step => ({ name: 'test', image: 'node:24', commands: ['true'], ...change })

async function createRun(step: Partial<Step>, ...objects: readonly KubeObject[]) {
  const { kube, admission } = await start(...objects)
  const answer = await admission.create({
    type: resourceTypes.pipelineRun,
    object: anInlineRun({ steps: [aStep(step)] }),
  })
  return { ...answer, kube, admission, plan: (answer.object as PipelineRun).spec.plan }
}

describe('a run', () => {
  test('is refused by the policy of its namespace, and told what is allowed', async () => {
    const { response } = await createRun({}, underPolicy, aPolicy('allowedImages: [ghcr.io/acme/**]'))
    expect(response.status).toMatchObject({ code: 403, reason: 'Forbidden' })
    expect(response.status?.message).toContain(
      'spec.pipelineSpec.steps[0].image: PolicyForbidden: step "test" uses image docker.io/library/node:24, which policy "ci" does not allow (allowed: ghcr.io/acme/**)',
    )
  })

  test('carries the policy that it was judged by', async () => {
    const { plan, response } = await createRun({}, underPolicy, aPolicy('allowedImages: [docker.io/library/*]'))
    expect(response.allowed).toBe(true)
    expect(plan?.policy).toMatch(/^ci@[0-9a-f]{12}$/)
  })

  test('gets what its policy says where it says nothing', async () => {
    const { plan } = await createRun(
      {},
      underPolicy,
      aPolicy('defaultResources: {cpu: 100m, memory: 64Mi}\nmaxTimeout: 10m'),
    )
    expect(plan?.steps[0]).toMatchObject({ resources: { cpu: '100m', memory: '64Mi' }, timeout: '10m' })
    expect(plan?.timeoutSeconds).toBe(600)
  })

  test.each<[string, readonly KubeObject[], RegExp]>([
    ['is missing', [underPolicy], /no ConfigMap in c8s-system has the label/],
    [
      'is wrong',
      [underPolicy, aPolicy('allowdImages: []')],
      /policy-ci, policy\.yaml line 2: allowdImages: UnknownField/,
    ],
  ])('is refused where the policy %s', async (...[, objects, want]) => {
    const { response } = await createRun({}, ...objects)
    expect(response.status?.message).toMatch(
      /metadata\.namespace: PolicyUnusable: namespace "team-a" is under policy "ci"/,
    )
    expect(response.status?.message).toMatch(want)
    expect(response.status?.code).toBe(403)
  })

  test('of a namespace without the label reads no policy', async () => {
    const { kube, response } = await createRun({}, aNamespace(), aPolicy('allowedImages: []'))
    expect(response.allowed).toBe(true)
    expect(kube.requests.filter(({ type }) => type.plural === 'configmaps')).toEqual([])
  })

  test('may ask for a kind of machine, and for nothing else, without a policy', async () => {
    const plain = await createRun({ nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, aNamespace())
    expect(plain.response.allowed).toBe(true)
    const { response } = await createRun({ nodeSelector: { pool: 'gpu' }, serviceAccountName: 'admin' }, aNamespace())
    expect(response.status?.message).toMatch(/nodeSelector\[pool\].*needs a policy/s)
    expect(response.status?.message).toMatch(/serviceAccountName.*needs a policy/s)
  })

  test('is judged at the place of its config', async () => {
    const { admission } = await start(aConfig(), underPolicy, aPolicy('allowedRegistries: [ghcr.io]'))
    const { response } = await admission.create({ type: resourceTypes.pipelineRun, object: aRun() })
    expect(response.status?.message).toContain('spec.plan.steps[0].image: PolicyForbidden: step "test"')
    expect(response.status?.message).toContain('spec.plan.steps[1].image: PolicyForbidden: step "build"')
  })
})

describe('a config', () => {
  const create = async (...objects: readonly KubeObject[]) => {
    const { admission } = await start(...objects)
    return (await admission.create({ type: resourceTypes.pipelineConfig, object: aConfig() })).response
  }

  test('is warned of what its runs would be refused for', async () => {
    const response = await create(underPolicy, aPolicy('requireDigest: true'))
    expect(response.allowed).toBe(true)
    expect(response.warnings?.join('\n')).toContain('spec.steps[0].image: PolicyForbidden: step "test"')
  })

  test('is warned of a policy that cannot be used', async () => {
    const response = await create(underPolicy)
    expect(response.allowed).toBe(true)
    expect(response.warnings?.[0]).toContain('PolicyUnusable')
  })
})

describe('LimitRanges', () => {
  test('give a step what it leaves out', async () => {
    const range = aLimitRange({ type: 'Container', default: { memory: '512Mi' }, defaultRequest: { memory: '128Mi' } })
    const { plan } = await createRun({}, aNamespace(), range)
    expect(plan?.steps[0]?.resources).toEqual({ cpu: '500m', memory: '128Mi', memoryLimit: '512Mi' })
  })

  test.each<[string, Partial<Step>, readonly object[], RegExp]>([
    [
      'the step itself',
      { resources: { memory: '4Gi' } },
      [{ type: 'Container', max: { memory: '1Gi' } }],
      /steps\[0\]\.resources\.memory: LimitImpossible: step "test" can never start: its container step has a limit of 4Gi, and at most 1Gi is allowed of memory by LimitRange "sizes"/,
    ],
    [
      'the pod',
      { resources: { cpu: '600m' } },
      [{ type: 'Pod', max: { cpu: '1' } }],
      /with c8s's own containers its pod has a limit of 1100m, and at most 1 is allowed of cpu/,
    ],
    [
      'a container of c8s that has to have its memory',
      { resources: { memory: '32Mi' } },
      [{ type: 'Container', max: { memory: '64Mi' } }],
      /c8s's own container c8s-log has a limit of 128Mi.*c8s cannot work with that/,
    ],
  ])('refuse what can never start: %s', async (...[, step, limits, want]) => {
    const { response } = await createRun(step, aNamespace(), aLimitRange(...limits))
    expect(response.status?.code).toBe(422)
    expect(response.status?.message).toMatch(want)
  })
})

/** A run that was let through, and the Job of its first step. */
async function createJob(
  step: Partial<Step>,
  before: readonly KubeObject[],
  change: (kube: FakeKube) => Promise<unknown>,
) {
  const { kube, admission, object, response } = await createRun(step, ...before)
  expect(response.allowed).toBe(true)
  const run = await kube.create(resourceTypes.pipelineRun, object as PipelineRun)
  const [planned] = run.spec.plan?.steps ?? []
  if (planned === undefined) throw new Error('the run has no plan')
  await change(kube)
  kube.requests.length = 0
  const job = renderJob({ run, step: planned, attempt: 1, ttlSeconds: 1 })
  const made = await admission.create({ type: resourceTypes.job, object: job, user: controller })
  return { ...made, kube, pod: (made.object as Job).spec?.template.spec }
}
const configMap = { namespace: 'c8s-system', name: 'policy-ci' }
const setPolicy = (text: string) => (kube: FakeKube) =>
  kube.patch(resourceTypes.configMap, configMap, { data: { 'policy.yaml': `version: v1alpha1\n${text}` } })
const asItIs = () => Promise.resolve()

describe("a step's Job", () => {
  test('goes where plan and policy say, as whom they say', async () => {
    const policy = aPolicy(
      'nodeSelector: {allowed: {disk: [ssd]}, required: {pool: ci}}\ntolerations: [{key: ci, operator: Exists}]\nserviceAccounts: [deployer]\nsecurityLevel: restricted',
    )
    const step: Partial<Step> = {
      nodeSelector: { disk: 'ssd' },
      tolerations: [{ key: 'ci', operator: 'Exists', effect: 'NoSchedule' }],
      serviceAccountName: 'deployer',
    }
    const { pod, response } = await createJob(step, [underPolicy, policy], asItIs)
    expect(response.allowed).toBe(true)
    expect(pod).toMatchObject({
      nodeSelector: { disk: 'ssd', pool: 'ci' },
      tolerations: [{ key: 'ci', operator: 'Exists', effect: 'NoSchedule' }],
      serviceAccountName: 'deployer',
      automountServiceAccountToken: true,
    })
    expect(pod?.containers.find(({ name }) => name === 'step')?.securityContext).toMatchObject({ runAsNonRoot: true })
  })

  test('is judged by the policy of the moment', async () => {
    const before = [underPolicy, aPolicy('allowedImages: [docker.io/library/*]')]
    const { response } = await createJob({}, before, setPolicy('allowedImages: [ghcr.io/**]'))
    expect(response.status?.message).toMatch(/PolicyForbidden: step "test" uses image.*the run was judged by ci@/)
    const gone = await createJob({}, before, (kube) => kube.remove(resourceTypes.configMap, configMap))
    expect(gone.response.status?.message).toContain('PolicyUnusable')
  })

  test('of a namespace that came under a policy since is judged, too', async () => {
    const label = { metadata: { labels: { 'c8s.dev/policy': 'ci' } } }
    const change = (kube: FakeKube) => kube.patch(resourceTypes.namespace, { name: team }, label)
    const { response } = await createJob({}, [aNamespace(), aPolicy('allowedImages: [ghcr.io/**]')], change)
    expect(response.status?.message).toContain('PolicyForbidden')
  })

  test('waits for the NetworkPolicy that its policy asks for', async () => {
    const before = [underPolicy, aPolicy('egress: {mode: none}')]
    const { response } = await createJob({}, before, asItIs)
    expect(response.status).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } })
    expect(response.status?.message).toContain('NetworkPolicy "c8s-steps"')
    const networkPolicy = { metadata: { name: 'c8s-steps', namespace: team } }
    const there = await createJob({}, before, (kube) => kube.create(resourceTypes.networkPolicy, networkPolicy))
    expect(there.response.allowed).toBe(true)
  })

  test('reads one list more where there is a policy', async () => {
    const count = async (...objects: readonly KubeObject[]) =>
      (await createJob({}, objects, asItIs)).kube.requests.length
    expect(await count(underPolicy, aPolicy(''))).toBe((await count(aNamespace())) + 1)
  })

  test('has containers of c8s in the sizes of the namespace, and is verified so', async () => {
    const range = aLimitRange({ type: 'Container', min: { cpu: '100m' }, maxLimitRequestRatio: { memory: '2' } })
    const { pod, response } = await createJob({}, [aNamespace(), range], asItIs)
    expect(response.allowed).toBe(true)
    expect(pod?.containers[0]?.resources).toEqual({
      requests: { cpu: '100m', memory: '64Mi' },
      limits: { cpu: '500m', memory: '128Mi' },
    })
  })
})

describe('a commit that nobody has approved', () => {
  const policy = aPolicy('serviceAccounts: [deployer]\nuntrusted: {allowedImages: [docker.io/library/busybox]}')
  const create = async (image: string) => {
    const steps = [aStep({ image, serviceAccountName: 'deployer' })]
    const { kube, admission } = await start(aConfig({ steps }), underPolicy, policy, {
      apiVersion: 'c8s.dev/v1alpha1',
      kind: 'RepositoryConnection',
      metadata: { name: 'forge', namespace: team },
      spec: { repository: 'https://git.test/team/app', provider: 'generic' },
    } as KubeObject)
    const made = await admission.create({ type: resourceTypes.pipelineRun, object: aForkRun(), user: server })
    return { ...made, kube, admission }
  }

  test('is held to more', async () => {
    expect((await create('node:24')).response.status?.message).toMatch(
      /uses image docker.io\/library\/node:24.*busybox/,
    )
    expect((await create('busybox')).response.allowed).toBe(true)
  })

  test('gets no service account, whatever the controller does', async () => {
    const { kube, admission, object } = await create('busybox')
    const run = await kube.create(resourceTypes.pipelineRun, object as PipelineRun)
    const [planned] = run.spec.plan?.steps ?? []
    if (planned === undefined) throw new Error('the run has no plan')
    const job = renderJob({ run, step: planned, attempt: 1, ttlSeconds: 1 })
    const made = await admission.create({ type: resourceTypes.job, object: job, user: controller })
    expect(made.response.status?.message).toContain('ApprovalRequired: step "test" would get a service account')
    expect((made.object as Job).spec?.template.spec.serviceAccountName).toBeUndefined()
    expect((made.object as Job).spec?.template.spec.automountServiceAccountToken).toBe(false)
  })
})

describe("a user's own Job", () => {
  const create = async (spec: object, ...objects: readonly KubeObject[]) => {
    const { admission } = await start(...objects)
    return admission.create({ type: resourceTypes.job, object: anOwnJob({}, spec) })
  }

  test('is judged, and placed where every pod has to be', async () => {
    const policy = aPolicy('nodeSelector: {required: {pool: ci}}\nallowedRegistries: [docker.io]')
    const { object, response } = await create({}, underPolicy, policy)
    expect(response.allowed).toBe(true)
    expect((object as Job).spec?.template.spec.nodeSelector).toEqual({ pool: 'ci' })
    const refused = await create({ nodeSelector: { pool: 'prod' } }, underPolicy, policy)
    expect(refused.response.status?.message).toContain('spec.template.spec.nodeSelector[pool]: PolicyForbidden')
  })

  test('is refused under a policy that cannot be used, and free without one', async () => {
    expect((await create({}, underPolicy)).response.status?.message).toContain('PolicyUnusable')
    expect((await create({ nodeSelector: { pool: 'prod' } }, aNamespace())).response.allowed).toBe(true)
  })
})
