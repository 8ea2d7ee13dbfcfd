import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import { freezePlan } from '../../crds/plan.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { findWithheldNeed } from '../../src/engine/approval.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, seed } from '../../test/helpers/admission.ts'
import { aConfig, aNamespace, aRun, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { readStepEnvironment } from '../../test/helpers/step-environment.ts'

const matrix = { dimensions: { node: ['22', '24'] } }
const pipeline: Partial<PipelineSpec> = {
  params: [{ name: 'who', default: 'nobody' }],
  steps: [
    { name: 'test', image: 'node:$(matrix.node)', commands: ['npm test'], matrix },
    { name: 'build', image: 'node:24', commands: ['npm run build'], dependsOn: ['test'] },
  ],
}

async function start(status: PipelineRunStatus = {}) {
  const kube = new FakeKube()
  await seed(kube, aNamespace(), aConfig(pipeline))
  const admission = createTestAdmission(kube)
  const { object } = await admission.create({
    type: resourceTypes.pipelineRun,
    object: aRun({ params: { who: 'me' } }),
  })
  const run = await kube.create(resourceTypes.pipelineRun, object as PipelineRun)
  await kube.patch(resourceTypes.pipelineRun, { namespace: team, name: 'app-1' }, { status }, { subresource: 'status' })
  const create = (job: Job) => admission.create({ type: resourceTypes.job, object: job, user: controller })
  return { run, create }
}

function toJob(run: PipelineRun, name: string, change: object = {}): Job {
  const step = run.spec.plan && listPlannedSteps(run.spec.plan).find((one) => one.name === name)
  if (step === undefined) throw new Error(`no step ${name}`)
  return renderJob({ run, step: { ...step, ...change }, attempt: 1, ttlSeconds: 3600 })
}

describe('the Job of a leg', () => {
  test('is let through with its own image, params and values', async () => {
    const { run, create } = await start()
    const { object, response } = await create(toJob(run, 'test-24'))
    expect(response).toEqual({ uid: 'review-1', allowed: true })
    const container = (object as Job).spec?.template.spec.containers.find(({ name }) => name === 'step')
    expect(container?.image).toBe('node:24')
    const told = { C8S_STEP: 'test-24', PARAM_WHO: 'me', MATRIX_NODE: '24' }
    expect(container && readStepEnvironment(container)).toMatchObject(told)
  })

  test.each([
    ['of another leg', { image: 'node:22' }],
    ['that is not filled in', { image: 'node:$(matrix.node)' }],
  ])('is refused with an image %s', async (_, change) => {
    const { run, create } = await start()
    const { response } = await create(toJob(run, 'test-24', change))
    expect(response.status?.message).toMatch(
      /containers\[1\]\.image: NotInPlan: is not what the plan says for step "test-24"/,
    )
  })

  test('is refused for the step as a whole', async () => {
    const { run, create } = await start()
    const { response } = await create(toJob(run, 'test-24', { name: 'test' }))
    expect(response.status?.message).toContain('the plan of PipelineRun "app-1" has no step "test"')
  })

  test('of a step behind it waits for all of them', async () => {
    const steps: PipelineRunStatus['steps'] = [
      { name: 'test-22', phase: 'Succeeded' },
      { name: 'test-24', phase: 'Running' },
    ]
    const { run, create } = await start({ steps })
    const { response } = await create(toJob(run, 'build'))
    expect(response.status?.message).toContain('step "build" has to wait: test-24 must come first')
    const done = await start({ steps: steps.map((row) => ({ ...row, phase: 'Succeeded' })) })
    expect((await done.create(toJob(done.run, 'build'))).response.allowed).toBe(true)
  })
})

test('the Secrets of a leg are withheld like those of any step', () => {
  const secrets = [{ secretRef: 's', key: 'k' }]
  const steps = [{ name: 'test', image: 'i', commands: ['c'], secrets, matrix }]
  const untrusted = { reason: 'ForkPullRequest', message: 'a fork' } as const
  const plan = { ...freezePlan({ repository: 'https://git.test/team/app', steps }), untrusted }
  expect(findWithheldNeed(aRun({ plan }))).toEqual({ kind: 'secrets', step: 'test-22' })
})
