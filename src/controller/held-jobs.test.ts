import { afterEach, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { ControllerPlayground, makeStep, namespace, waitFor } from '../../test/helpers/controller-playground.ts'
import type { FakeKubeOptions } from '../../test/helpers/fake-kube.ts'
import { isHeld } from '../engine/step/step-objects.ts'
import { KubeError } from '../kube/kube-error.ts'
import type { Job } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { admissionRetryMs } from './held-jobs.ts'

const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

function play(options: FakeKubeOptions): ControllerPlayground {
  const playground = new ControllerPlayground({}, options)
  open.push(playground)
  return playground
}

/** It is tried again only after a while. */
function waitForEnd(it: ControllerPlayground): Promise<PipelineRun> {
  const look = async () => {
    const run = await it.readRun()
    return run.status?.completionTime === undefined ? undefined : run
  }
  return waitFor(look, admissionRetryMs + 5000)
}

const waits = ({ status }: PipelineRun) => status?.reason === 'AdmissionMissing'
const listJobs = async (it: ControllerPlayground) => (await it.kube.list<Job>(resourceTypes.job, { namespace })).items

test('without admission a step waits, nothing runs and nothing stays; with it the step starts by itself', async () => {
  let isOut = true
  const it = play({ isOutOfAdmission: () => isOut })
  it.startController()
  await it.createRun([makeStep('a')])
  const run = await it.waitForRun(waits)
  expect(run.status).toMatchObject({
    phase: 'Pending',
    steps: [{ name: 'a', phase: 'Pending', reason: 'AdmissionMissing' }],
  })
  expect(run.status?.message).toMatch(/^step a waits: c8s is out of admission/)
  expect(await listJobs(it)).toEqual([])
  expect((await it.kube.list(resourceTypes.pod, { namespace })).items).toEqual([])
  isOut = false
  expect((await waitForEnd(it)).status).toMatchObject({ phase: 'Succeeded', steps: [{ attempt: 1 }] })
  expect((await it.listEvents()).filter((reason) => reason === 'StepAdmissionMissing')).toHaveLength(1)
})

test('a held Job that could not be taken back at once is no attempt, and is taken back later', async () => {
  let isOut = true
  let faults = 3
  const it = play({
    isOutOfAdmission: () => isOut,
    before: ({ verb, type }) => {
      if (verb !== 'remove' || type !== resourceTypes.job || faults === 0) return
      faults -= 1
      throw new KubeError('delete jobs', { status: 503, reason: 'ServiceUnavailable', detail: 'not now' })
    },
  })
  it.startController()
  await it.createRun([makeStep('a')])
  expect((await it.waitForRun(waits)).status?.steps?.[0]?.jobName).toBeUndefined()
  expect(faults).toBe(0)
  isOut = false
  expect((await waitForEnd(it)).status).toMatchObject({ phase: 'Succeeded', steps: [{ attempt: 1 }] })
  expect((await listJobs(it)).some(isHeld)).toBe(false)
})

test('a held Job of a run that ended before it could be taken back goes all the same', async () => {
  let isAway = true
  const it = play({
    isOutOfAdmission: () => true,
    before: ({ verb, type }) => {
      if (verb === 'remove' && type === resourceTypes.job && isAway)
        throw new KubeError('delete jobs', { status: 503, reason: 'ServiceUnavailable', detail: 'not now' })
    },
  })
  it.startController()
  await it.createRun([makeStep('a')])
  await waitFor(async () => ((await listJobs(it)).some(isHeld) ? true : undefined))
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  expect((await waitForEnd(it)).status?.phase).toBe('Cancelled')
  isAway = false
  await waitFor(async () => ((await listJobs(it)).length === 0 ? true : undefined), 15_000)
})
