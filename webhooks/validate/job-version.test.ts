import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { holdJob } from '../../src/controller/held-jobs.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, someSettings } from '../../test/helpers/admission.ts'
import { aConfig, aNamespace, aRun } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.job
const another = { ...someSettings, image: 'registry.test/c8s:2' }

/** While c8s-admission is replaced: a replica that is on its way out sends the API server to another one between its two calls. */
async function startTwo() {
  const kube = new FakeKube()
  await seed(kube, aNamespace(), aConfig())
  const [one, other] = [createTestAdmission(kube), createTestAdmission(kube, { settings: another })]
  const { object } = await one.create({ type: resourceTypes.pipelineRun, object: aRun() })
  const run = await kube.create(resourceTypes.pipelineRun, object as PipelineRun)
  const step = run.spec.plan?.steps.find(({ name }) => name === 'test')
  if (step === undefined) throw new Error('the config has a step "test"')
  return { one, other, job: renderJob({ run, step, attempt: 1, ttlSeconds: 3600 }) }
}

test('a Job that one version completed and another one looks at is to be sent again, and fails no step', async () => {
  const { one, other, job } = await startTwo()
  const { object } = await one.mutate({ type, object: job, user: controller })
  const { allowed, status } = await other.validate({ type, object, user: controller })
  expect({ allowed, status }).toMatchObject({
    allowed: false,
    status: { code: 429, details: { retryAfterSeconds: 1 } },
  })
  expect(status?.message).toContain('another version of c8s')
})

test('so is one that a version completed which did not say who it is, and let nothing go', async () => {
  const { one, job } = await startTwo()
  const { object } = await one.mutate({ type, object: job, user: controller })
  const text = JSON.stringify(object).replaceAll(`,c8s@${someSettings.image}`, '')
  const held = holdJob(JSON.parse(text.replaceAll(someSettings.image, 'registry.test/c8s:0')) as Job)
  expect((await one.validate({ type, object: held, user: controller })).status?.code).toBe(429)
})

test('who may not make a Job of a step hears that, whatever the Job says of versions', async () => {
  const { one, other, job } = await startTwo()
  const { object } = await one.mutate({ type, object: job, user: controller })
  expect((await other.validate({ type, object, user: dev })).status?.message).toContain('only system:serviceaccount')
})

test('an image that a webhook of somebody else puts in place of ours is refused for good', async () => {
  const { one, job } = await startTwo()
  const { object } = await one.mutate({ type, object: job, user: controller })
  const { image } = someSettings
  const moved = JSON.parse(
    JSON.stringify(object).replaceAll(`"image":"${image}"`, '"image":"mirror.test/c8s:1"'),
  ) as Job
  expect((await one.validate({ type, object: moved, user: controller })).status).toMatchObject({ code: 422 })
})
