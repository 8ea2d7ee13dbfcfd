import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed } from '../../test/helpers/admission.ts'
import { aConfig, aNamespace, aRun, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.job
type Objects = Parameters<typeof seed>[1][]

async function start(objects: Objects = [], options: FakeKubeOptions = {}) {
  const kube = new FakeKube(options)
  await seed(kube, aNamespace(), ...objects)
  return { kube, admission: createTestAdmission(kube) }
}

async function startRun(status: PipelineRun['status'] = {}, change: Partial<PipelineRun['spec']> = {}) {
  const { kube, admission } = await start([aConfig()])
  const { object } = await admission.create({ type: resourceTypes.pipelineRun, object: aRun() })
  const { spec } = object as PipelineRun
  const run = await kube.create(resourceTypes.pipelineRun, { ...(object as PipelineRun), spec: { ...spec, ...change } })
  await kube.patch(resourceTypes.pipelineRun, { namespace: team, name: 'app-1' }, { status }, { subresource: 'status' })
  return { kube, admission, run }
}

const toJob = (run: PipelineRun, name: string): Job => {
  const step = run.spec.plan?.steps.find((one) => one.name === name)
  if (step === undefined) throw new Error(`no step ${name}`)
  return renderJob({ run, step, attempt: 1, ttlSeconds: 3600 })
}
const changeContainer = (job: Job, change: object): Job => {
  const { template } = job.spec ?? { template: { spec: { containers: [] } } }
  const containers = template.spec.containers.map((container) => ({ ...container, ...change }))
  return { ...job, spec: { ...job.spec, template: { ...template, spec: { ...template.spec, containers } } } }
}
const changeMeta = (job: Job, change: object): Job => ({ ...job, metadata: { ...job.metadata, ...change } })
const messageOf = ({ response }: { response: { status?: { message: string } } }) =>
  response.status?.message ?? 'allowed'

describe("a run's step", () => {
  test('is completed and let through for the controller, with no read twice', async () => {
    const { kube, admission, run } = await startRun()
    kube.requests.length = 0
    const { object, response } = await admission.create({ type, object: toJob(run, 'test'), user: controller })
    expect(response).toEqual({ uid: 'review-1', allowed: true })
    expect((object as Job).spec?.template.spec.containers.map(({ name }) => name)).toEqual(['c8s-log', 'step'])
    expect((object as Job).spec?.template.spec.initContainers?.map(({ name }) => name)).toEqual(['c8s-clone'])
    expect(kube.requests.map(({ verb, type: { plural } }) => `${verb} ${plural}`)).toEqual([
      'read pipelineruns',
      'read namespaces',
      'list limitranges',
      'list repositoryconnections',
    ])
  })

  test('is left without managedFields, so that Kubernetes keeps none', async () => {
    const { admission, run } = await startRun()
    const sent = changeMeta(toJob(run, 'test'), { managedFields: [{ manager: 'c8s-controller' }] })
    const { object, response } = await admission.create({ type, object: sent, user: controller })
    expect(response).toEqual({ uid: 'review-1', allowed: true })
    expect(object?.metadata).not.toHaveProperty('managedFields')
  })

  test('is refused for everybody else', async () => {
    const { admission, run } = await startRun()
    for (const user of [dev, { username: 'system:admin', groups: ['system:masters'] }]) {
      const { response } = await admission.create({ type, object: toJob(run, 'test'), user })
      expect(response.status).toMatchObject({
        code: 403,
        message: expect.stringMatching(/^metadata\.labels\[c8s\.dev\/job-type\]: Forbidden/),
      })
    }
  })

  test.each<[string, string, (job: Job) => Job]>([
    [
      'another image',
      'spec.template.spec.containers[1].image: NotInPlan',
      (job) => changeContainer(job, { image: 'evil' }),
    ],
    [
      'other commands',
      'spec.template.spec.containers[1].args: NotInPlan',
      (job) => changeContainer(job, { args: ['evil'] }),
    ],
    [
      'a command more',
      'spec.template.spec.containers[1].args: NotInPlan',
      (job) => changeContainer(job, { args: ['npm ci', 'npm test', 'x'] }),
    ],
    ['another container', 'NotInPlan: has no container "step"', (job) => changeContainer(job, { name: 'other' })],
    ['another name', 'metadata.name: NotInPlan', (job) => changeMeta(job, { name: 'other' })],
    [
      'no owner',
      'metadata.ownerReferences: NotInPlan: no PipelineRun owns',
      (job) => changeMeta(job, { ownerReferences: [] }),
    ],
    [
      'an owner that is not there',
      'metadata.ownerReferences: NotFound',
      (job) => changeMeta(job, { ownerReferences: [{ ...job.metadata.ownerReferences?.[0], name: 'x' }] }),
    ],
    [
      'an owner of another uid',
      'metadata.ownerReferences: NotInPlan',
      (job) => changeMeta(job, { ownerReferences: [{ ...job.metadata.ownerReferences?.[0], uid: 'x' }] }),
    ],
    [
      'the uid of another run',
      'c8s.dev/run-uid]: NotInPlan',
      (job) => changeMeta(job, { labels: { ...job.metadata.labels, 'c8s.dev/run-uid': 'x' } }),
    ],
    [
      'a step that is not in the plan',
      'c8s.dev/step]: NotInPlan',
      (job) => changeMeta(job, { labels: { ...job.metadata.labels, 'c8s.dev/step': 'x' } }),
    ],
    [
      'an attempt that is no number',
      'c8s.dev/attempt]: NotInPlan',
      (job) => changeMeta(job, { labels: { ...job.metadata.labels, 'c8s.dev/attempt': '0' } }),
    ],
    [
      'a type that does not exist',
      'c8s.dev/job-type]: Invalid',
      (job) => changeMeta(job, { labels: { ...job.metadata.labels, 'c8s.dev/job-type': 'x' } }),
    ],
  ])('with %s is refused', async (...[, want, change]) => {
    const { admission, run } = await startRun()
    const job = change(toJob(run, 'test'))
    const answer = await admission.create({ type, object: job, user: controller })
    // A Job that cannot be completed has its container still at the first place.
    expect(messageOf(answer).replace('containers[0]', 'containers[1]')).toContain(want)
  })

  const rows = (phase: 'Succeeded' | 'Failed' | 'Running') => ({
    phase: 'Running' as const,
    steps: [{ name: 'test', phase }],
  })
  test.each<[string, PipelineRun['status'], Partial<PipelineRun['spec']>, string]>([
    ['before its needs', rows('Running'), {}, 'NeedsNotMet: step "build" has to wait: test must come first'],
    ['when a need failed', rows('Failed'), {}, 'NeedsNotMet'],
    ['when its needs succeeded', rows('Succeeded'), {}, 'allowed'],
    [
      'of a run that was cancelled',
      rows('Succeeded'),
      { cancel: true },
      'Forbidden: PipelineRun "app-1" was cancelled',
    ],
    [
      'of a run that has ended',
      { phase: 'Failed', steps: [{ name: 'test', phase: 'Succeeded' }] },
      {},
      'has ended (Failed)',
    ],
  ])('%s', async (...[, status, change, want]) => {
    const { admission, run } = await startRun(status, change)
    expect(messageOf(await admission.create({ type, object: toJob(run, 'build'), user: controller }))).toContain(want)
  })

  test('without what c8s injects is refused, even for the controller', async () => {
    const { admission, run } = await startRun()
    const { object } = await admission.mutate({ type, object: toJob(run, 'test'), user: controller })
    const job = object as Job
    const spec = job.spec?.template.spec ?? { containers: [] }
    for (const change of [
      { containers: spec.containers.slice(1) },
      { activeDeadlineSeconds: 1 },
      { initContainers: [] },
      { containers: spec.containers.toReversed() },
    ]) {
      const template = { ...job.spec?.template, spec: { ...spec, ...change } }
      const response = await admission.validate({
        type,
        object: { ...job, spec: { ...job.spec, template } },
        user: controller,
      })
      expect(response.status?.message).toMatch(/^spec\.template: NotInPlan/)
    }
  })

  test("with the API server's defaults filled in it is let through", async () => {
    const { admission, run } = await startRun()
    const { object } = await admission.mutate({ type, object: toJob(run, 'test'), user: controller })
    const text = JSON.stringify(object)
      .replaceAll('"500m"', '"0.5"')
      .replaceAll('"secretKeyRef":{', '"secretKeyRef":{"optional":false,')
    const job = JSON.parse(text) as Job
    const defaulted = changeContainer(job, { imagePullPolicy: 'IfNotPresent', terminationMessagePolicy: 'File' })
    expect((await admission.validate({ type, object: defaulted, user: controller })).allowed).toBe(true)
  })

  test('keeps its marks and its parts afterwards', async () => {
    const { admission, run } = await startRun()
    const { object } = await admission.mutate({ type, object: toJob(run, 'test'), user: controller })
    const job = object as Job
    const update = async (changed: Job, user = dev) =>
      messageOf({ response: await admission.validate({ type, object: changed, oldObject: job, user }) })
    expect(await update(changeMeta(job, { annotations: { mine: 'x' } }))).toBe('allowed')
    expect(await update({ ...job, spec: { ...job.spec, suspend: true } } as Job)).toBe('allowed')
    expect(await update(changeMeta(job, { ownerReferences: [] }))).toBe('allowed')
    expect(await update(changeMeta(job, { labels: {} }))).toContain('Immutable')
    expect(await update(changeMeta(job, { labels: { ...job.metadata.labels, 'c8s.dev/step': 'x' } }))).toContain(
      'c8s.dev/step]: Immutable',
    )
    expect(
      await update(changeMeta(job, { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'x' }] })),
    ).toContain('metadata.ownerReferences: Immutable')
    expect(await update(changeContainer(job, { image: 'evil' }), controller)).toContain(
      'spec.template.spec.containers: Immutable',
    )
  })
})
