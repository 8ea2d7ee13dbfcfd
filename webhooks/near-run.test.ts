import { expect, test } from 'vitest'
import type { PipelineRun } from '../crds/kinds.ts'
import type { StepStatus } from '../crds/pipeline-run.ts'
import { freezePlan } from '../crds/plan.ts'
import { renderJob } from '../src/engine/job/job.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { controller, createTestAdmission, seed } from '../test/helpers/admission.ts'
import { aNamespace, aPipeline, aRun, fullCommit, team } from '../test/helpers/admission-objects.ts'
import { FakeKube } from '../test/helpers/fake-kube.ts'
import type { NearObjects } from './near.ts'

const step = (name: string, dependsOn: string[] = []) => ({
  name,
  image: 'i',
  commands: ['c'],
  clone: false,
  dependsOn,
})
const plan = freezePlan(aPipeline({ steps: [step('first'), step('second', ['first'])] }))

const runWith = (phase: StepStatus['phase'], spec: Partial<PipelineRun['spec']> = {}): PipelineRun => ({
  ...aRun({ commit: fullCommit, plan, ...spec }, { name: 'app-1', namespace: team }),
  status: { phase: 'Running', steps: [{ name: 'first', phase }] },
})

/** The cluster has one, the watch another, of the same uid unless it is said. */
async function createSecond(stored: PipelineRun, watched?: (run: PipelineRun) => PipelineRun | undefined) {
  const kube = new FakeKube()
  await seed(kube, aNamespace(), stored)
  const key = { namespace: team, name: 'app-1' }
  const { status } = stored
  const run = await kube.patch<PipelineRun>(resourceTypes.pipelineRun, key, { status }, { subresource: 'status' })
  const near: NearObjects = {
    findConfig: () => undefined,
    listConnections: () => [],
    listQuotas: () => [],
    listLimitRanges: () => [],
    findQueue: () => undefined,
    findRun: () => watched?.(run),
    findSetting: (namespace) => ({ namespace, limitRanges: [] }),
    findQueueing: () => undefined,
  }
  kube.requests.length = 0
  const object = renderJob({ run, step: step('second', ['first']), attempt: 1, ttlSeconds: 60 })
  const review = { type: resourceTypes.job, object, user: controller }
  const { response } = await createTestAdmission(kube, { near }).create(review)
  const reads = kube.requests.filter(({ type: { plural } }) => plural === 'pipelineruns').length
  return { isAllowed: response.allowed, reads, message: response.status?.message ?? '' }
}

const stillRunning = (run: PipelineRun): PipelineRun => {
  return { ...run, status: { phase: 'Running', steps: [{ name: 'first', phase: 'Running' }] } }
}

test('a run that the watch lets through is not read', async () => {
  expect(await createSecond(runWith('Succeeded'), (run) => run)).toMatchObject({ isAllowed: true, reads: 0 })
})

test.each<[string, (run: PipelineRun) => PipelineRun | undefined]>([
  ['has not heard of it', () => undefined],
  ['still sees the need running', stillRunning],
  ['has another of the same name', (run) => ({ ...run, metadata: { ...run.metadata, uid: 'other' } })],
  ['knows only the beginning of the commit', (run) => ({ ...run, spec: { ...run.spec, commit: 'abc1234' } })],
])('where the watch %s, the run is read', async (_name, watched) => {
  expect(await createSecond(runWith('Succeeded'), watched)).toMatchObject({ isAllowed: true, reads: 1 })
})

test('what is not to start yet is refused by the run as it is', async () => {
  const refused = await createSecond(runWith('Running'), (run) => run)
  expect(refused).toMatchObject({ isAllowed: false })
  expect(refused.message).toContain('first must come first')
})
