import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import { createController } from '../../src/controller/controller.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Job, KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission } from '../helpers/admission.ts'
import { makeRun } from '../helpers/arbitrary-run.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { makeStep, waitFor } from '../helpers/controller-playground.ts'
import { admitJob, preemptJob, withKueue } from '../helpers/fake-kueue.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'

const limitMs = 20_000

let served: ServedKinds | undefined
let api: KubeApi
let namespace: string

beforeAll(async () => {
  served = await serveKinds()
  api = served.api
})

afterAll(async () => {
  await served?.stop()
})

const open: { stop(): Promise<void> }[] = []

beforeEach(async () => {
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'kueue-' } })
  namespace = made.metadata.name ?? ''
  const player = new ClusterPlayer({ api, namespace, script: { long: [{ does: 'hang' }] }, pauseMs: 20 })
  player.start()
  const note = () => undefined
  const controller = createController({
    api: withKueue(api),
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log: { info: note, warn: note, error: note },
  })
  controller.start()
  controller.lead()
  open.push(player, controller)
})

afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()))
})

async function createRun(...names: readonly string[]): Promise<void> {
  const steps = names.map((name, index) => makeStep(name, ...names.slice(Math.max(0, index - 1), index)))
  const clone = { depth: 1, submodules: false }
  const run = makeRun({ repository: 'https://git.example/r', steps, timeoutSeconds: 600, clone, queueName: 'ci' })
  await api.create<PipelineRun>(resourceTypes.pipelineRun, { ...run, metadata: { name: 'run', namespace } })
}

function waitForRun(until: (status: NonNullable<PipelineRun['status']>) => boolean): Promise<PipelineRun> {
  return waitFor(async () => {
    const run = await api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name: 'run' })
    return run?.status !== undefined && until(run.status) ? run : undefined
  }, limitMs)
}

function waitForJob(step: string): Promise<Job> {
  return waitFor(async () => {
    const { items } = await api.list<Job>(resourceTypes.job, { namespace })
    return items.find(({ metadata }) => metadata.labels?.[labels.step] === step)
  }, limitMs)
}

const hasReason = (step: string, reason: string) => (status: NonNullable<PipelineRun['status']>) =>
  status.steps?.some((row) => row.name === step && row.reason === reason) === true

it('a Job that Kueue keeps suspended waits, and runs when it is admitted', { timeout: 60_000 }, async () => {
  await createRun('first', 'second')
  const waiting = await waitForRun(hasReason('first', 'Suspended'))
  const job = await waitForJob('first')
  expect(job.metadata.labels?.['kueue.x-k8s.io/queue-name']).toBe('ci')
  expect(waiting.status).toMatchObject({ phase: 'Pending', reason: 'Suspended', steps: [{ phase: 'Pending' }, {}] })
  expect(waiting.status?.startTime).toBeUndefined()
  expect((await api.list(resourceTypes.pod, { namespace })).items).toEqual([])

  const admitted = await admitJob(api, job)
  const user = { username: 'system:serviceaccount:kueue-system:kueue-controller-manager' }
  const change = { type: resourceTypes.job, object: admitted, oldObject: job, user }
  expect(await createTestAdmission().validate(change)).toMatchObject({ allowed: true })

  const between = await waitForRun(hasReason('second', 'Suspended'))
  expect(between.status).toMatchObject({ phase: 'Running', steps: [{ phase: 'Succeeded' }, { phase: 'Pending' }] })
  await admitJob(api, await waitForJob('second'))
  const ended = await waitForRun(({ completionTime }) => completionTime !== undefined)
  expect(ended.status).toMatchObject({ phase: 'Succeeded' })
})

it('one that Kueue preempts waits again, and is no failure', { timeout: 60_000 }, async () => {
  await createRun('long')
  await admitJob(api, await waitForJob('long'))
  await waitForRun(hasReason('long', 'Running'))
  await preemptJob(api, await waitForJob('long'))
  const run = await waitForRun(hasReason('long', 'Suspended'))
  expect(run.status).toMatchObject({ phase: 'Running', reason: 'Suspended' })
  expect((await waitForJob('long')).spec?.activeDeadlineSeconds).not.toBe(1)
})

it('a run that is cancelled while it waits ends at once, and its Job never runs', { timeout: 60_000 }, async () => {
  await createRun('first')
  await waitForRun(hasReason('first', 'Suspended'))
  await api.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  const run = await waitForRun(({ completionTime }) => completionTime !== undefined)
  expect(run.status).toMatchObject({ phase: 'Cancelled', steps: [{ phase: 'Cancelled' }] })
  const { spec } = await waitFor(async () => {
    const job = await waitForJob('first')
    return job.spec?.activeDeadlineSeconds === 1 ? job : undefined
  }, limitMs)
  expect(spec?.suspend).toBe(true)
})
