import { afterEach, expect, test } from 'vitest'
import type { PipelineConfig, PipelineRun } from '../../crds/kinds.ts'
import { nameJob } from '../../crds/names.ts'
import {
  ControllerPlayground,
  diamond,
  makeMortal,
  makeStep,
  namespace,
  waitFor,
} from '../../test/helpers/controller-playground.ts'
import type { FakeKubeOptions, FakeRequest } from '../../test/helpers/fake-kube.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { KubeError } from '../kube/kube-error.ts'
import type { Job } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { withFaultPoint } from './fault-point.ts'

const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

function play(script: Script = {}, options: FakeKubeOptions = {}): ControllerPlayground {
  const playground = new ControllerPlayground(script, options)
  open.push(playground)
  return playground
}

const phases = ({ status }: PipelineRun) =>
  Object.fromEntries(status?.steps?.map(({ name, phase }) => [name, phase]) ?? [])
const row = ({ status }: PipelineRun, name: string) => status?.steps?.find((each) => each.name === name)
const isJobCreation = ({ verb, type }: FakeRequest) => verb === 'create' && type.plural === 'jobs'
const refusal = (detail: string, status = 403) => new KubeError('create jobs', { status, reason: 'Forbidden', detail })

test('a diamond runs in the order of its needs and succeeds', async () => {
  const it = play()
  it.startController()
  await it.createRun(diamond)
  const run = await it.waitForEnd()
  expect(run.status).toMatchObject({
    phase: 'Succeeded',
    message: '4 steps succeeded',
    commit: expect.stringMatching(/^c0ffee/),
  })
  expect(it.listCreations().toSorted()).toEqual(['build', 'integration', 'lint', 'unit'])
  expect([it.listCreations()[0], it.listCreations()[3]]).toEqual(['lint', 'build'])
  const standing = run.status?.conditions?.map(({ type, status }) => `${type}=${status}`)
  expect(standing).toEqual(['Succeeded=True', 'Ready=True', 'Reconciling=False', 'Stalled=False'])
  expect(it.lines).toEqual([])
})

test('a person can read what happened from the events', async () => {
  const it = play({ unit: [{ does: 'exit', code: 1 }] })
  const controller = it.startController()
  await it.createRun([makeStep('lint'), makeStep('unit', 'lint')])
  await it.waitForEnd()
  await controller.stop()
  expect(new Set(await it.listEvents())).toEqual(new Set(['StepFailed', 'RunFailed']))
})

test('a failure skips what hangs on it, and finally steps run all the same', async () => {
  const it = play({ unit: [{ does: 'exit', code: 7 }] })
  it.startController()
  await it.createRun(diamond, 'run', { finally: [makeStep('report')] })
  const run = await it.waitForEnd()
  expect(phases(run)).toEqual({
    lint: 'Succeeded',
    unit: 'Failed',
    integration: 'Succeeded',
    build: 'Skipped',
    report: 'Succeeded',
  })
  expect(run.status).toMatchObject({ phase: 'Failed', reason: 'StepFailed', message: 'step unit failed: exit code 7' })
  expect(row(run, 'build')).toMatchObject({ reason: 'NeedsNotMet', message: 'needs unit, which failed' })
})

test('a cancel stops what runs, starts nothing more but finally steps, and ends Cancelled', async () => {
  const it = play({ lint: [{ does: 'hang' }] })
  it.startController()
  await it.createRun(diamond, 'run', { finally: [makeStep('report')] })
  await it.waitForRun((run) => row(run, 'lint')?.phase === 'Running')
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  const run = await it.waitForEnd()
  expect(phases(run)).toEqual({
    lint: 'Cancelled',
    unit: 'Skipped',
    integration: 'Skipped',
    build: 'Skipped',
    report: 'Succeeded',
  })
  expect(run.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
  expect(row(run, 'lint')).toMatchObject({ reason: 'RunCancelled', exitCode: 143 })
})

test('a Job deleted by hand fails its step and is not made again', async () => {
  const it = play({ lint: [{ does: 'hang' }] })
  it.startController()
  await it.createRun([makeStep('lint')])
  const { status } = await it.waitForRun((run) => row(run, 'lint')?.phase === 'Running')
  await it.kube.remove(resourceTypes.job, { namespace, name: status?.steps?.[0]?.jobName ?? '' })
  const run = await it.waitForEnd()
  expect(row(run, 'lint')).toMatchObject({ phase: 'Failed', reason: 'JobDeleted' })
  expect(it.listCreations()).toEqual(['lint'])
})

test('a Job that the API server refuses fails its step with the words of the server', async () => {
  const before = (request: FakeRequest) => {
    if (isJobCreation(request))
      throw refusal('admission webhook "jobs.c8s.dev" denied the request: Secret "x" does not exist', 422)
  }
  const it = play({}, { before })
  it.startController()
  await it.createRun([makeStep('lint')])
  const run = await it.waitForEnd()
  expect(row(run, 'lint')).toMatchObject({
    phase: 'Failed',
    reason: 'JobRefused',
    message: 'the API server refuses the Job: Secret "x" does not exist',
  })
  expect(it.listCreations()).toEqual(['lint'])
})

test('a full quota keeps the run Pending and says so', async () => {
  const before = (request: FakeRequest) => {
    if (isJobCreation(request))
      throw refusal('jobs.batch "x" is forbidden: exceeded quota: team, requested: count/jobs.batch=1')
  }
  const it = play({}, { before })
  it.startController()
  await it.createRun([makeStep('lint')])
  const run = await it.waitForRun(({ status }) => status?.reason === 'QuotaExceeded')
  expect(run.status).toMatchObject({ phase: 'Pending', message: expect.stringContaining('exceeded quota: team') })
  expect(run.status?.startTime).toBeUndefined()
  expect(it.listCreations()).toEqual(['lint'])
})

test('a Job whose pod a quota refused is made to try again within seconds, not with each event', async () => {
  const before = ({ verb, type }: FakeRequest) => {
    if (verb === 'create' && type.plural === 'pods') throw refusal('pods "x" is forbidden: exceeded quota: team')
  }
  const it = play({}, { before })
  it.startController()
  await it.createRun([makeStep('lint')])
  const run = await it.waitForRun(({ status }) => status?.reason === 'QuotaExceeded')
  expect(row(run, 'lint')).toMatchObject({
    phase: 'Pending',
    reason: 'QuotaExceeded',
    message: 'the API server refuses the pod: exceeded quota: team',
  })
  const refusals = await it.kube.list(resourceTypes.event, { namespace, fieldSelector: 'reason=FailedCreate' })
  const nudges = it.kube.requests.filter(({ verb, type }) => verb === 'patch' && type.plural === 'jobs')
  expect(refusals.items.length).toBeGreaterThan(5)
  expect(nudges).toHaveLength(1)
})

test('in a namespace that is being deleted nothing is blamed and nothing is hurried', async () => {
  const before = (request: FakeRequest) => {
    if (isJobCreation(request))
      throw refusal('unable to create new content in namespace team because it is being terminated')
  }
  const it = play({}, { before })
  it.startController()
  await it.createRun([makeStep('lint')])
  await waitFor(async () => (it.listCreations().length > 0 ? true : undefined))
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(it.listCreations()).toEqual(['lint'])
  expect(it.lines).toEqual([])
  expect((await it.readRun()).status?.phase).toBeUndefined()
})

test('a Job of that name that is not ours is left alone and named', async () => {
  const it = play()
  const run = await it.createRun([makeStep('lint')])
  const name = nameJob({ run: 'run', runUid: run.metadata.uid ?? '', step: 'lint', attempt: 1 })
  await it.kube.create<Job>(resourceTypes.job, { metadata: { name, namespace } })
  it.startController()
  const ended = await it.waitForEnd()
  expect(row(ended, 'lint')).toMatchObject({ reason: 'JobNameTaken', message: expect.stringContaining(name) })
})

test('a fault of the API server is waited out, and lost replies do no harm', async () => {
  let calls = 0
  const flake = (request: FakeRequest) => {
    calls += 1
    const isOurs = request.type.plural === 'jobs' || request.options?.subresource === 'status'
    if (
      isOurs &&
      request.type.plural !== 'pods' &&
      request.verb !== 'list' &&
      request.verb !== 'watch' &&
      calls % 3 === 0
    ) {
      throw new KubeError('call', { status: 0, reason: 'ConnectionFailed', detail: 'socket hang up' })
    }
  }
  const it = play({}, { after: flake })
  it.startController()
  await it.createRun(diamond)
  expect((await it.waitForEnd()).status).toMatchObject({ phase: 'Succeeded' })
  const jobs = await it.kube.list(resourceTypes.job, { namespace })
  expect(jobs.items).toHaveLength(4)
})

test('a run that the controller cannot work on says so and delays no other', async () => {
  const it = play()
  it.startController()
  const poison = { steps: [{ name: 'x', image: 'i', dependsOn: 7 }] as unknown as [] }
  await it.createRun([], 'poison', poison)
  await it.createRun(diamond, 'good')
  expect((await it.waitForEnd('good')).status?.phase).toBe('Succeeded')
  const run = await it.waitForRun(
    ({ status }) => status?.conditions?.some(({ reason }) => reason === 'ReconcileError') === true,
    'poison',
  )
  expect(run.status?.conditions).toMatchObject([{ type: 'Stalled', status: 'True' }])
})

test('killed at any write and started anew, it comes to the same end and makes no Job twice', async () => {
  for (let write = 1; write <= 12; write += 1) {
    for (const when of ['before', 'after'] as const) {
      const it = play({ unit: [{ does: 'exit', code: 1 }] })
      const mortal = makeMortal(it.kube)
      const dying = withFaultPoint(mortal.api, { write, when }, () => {
        mortal.die()
        it.startController()
      })
      it.startController(dying)
      await it.createRun(diamond)
      const run = await it.waitForEnd()
      expect(phases(run), `${when} write ${write}`).toEqual({
        lint: 'Succeeded',
        unit: 'Failed',
        integration: 'Succeeded',
        build: 'Skipped',
      })
      const jobs = await it.kube.list(resourceTypes.job, { namespace })
      expect(jobs.items.map(({ metadata }) => metadata.labels?.['c8s.dev/step'] ?? '').toSorted()).toEqual([
        'integration',
        'lint',
        'unit',
      ])
    }
  }
}, 60_000)

test('two controllers that both believe to lead do nothing twice', async () => {
  const it = play({ unit: [{ does: 'shutdown' }, { does: 'exit', code: 0 }] })
  it.startController()
  it.startController()
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => it.createRun(diamond, name)))
  for (const name of ['a', 'b', 'c', 'd'])
    expect((await it.waitForEnd(name)).status).toMatchObject({ phase: 'Succeeded' })
  const jobs = await it.kube.list(resourceTypes.job, { namespace })
  // The second attempt of unit is a Job of its own.
  expect(jobs.items).toHaveLength(4 * 5)
})

test('a config tells how its runs went and which Secret is missing', async () => {
  const it = play()
  it.startController()
  const steps = [{ ...makeStep('lint'), secrets: [{ secretRef: 'npm-token', key: 'token' }] }]
  const spec = { repository: 'https://git.example/r', steps }
  await it.kube.create<PipelineConfig>(resourceTypes.pipelineConfig, { metadata: { name: 'config', namespace }, spec })
  await it.createRun([makeStep('lint')])
  const config = await waitFor(async () => {
    const found = await it.kube.get<PipelineConfig>(resourceTypes.pipelineConfig, { namespace, name: 'config' })
    return found?.status?.successRate === undefined ? undefined : found
  }, 8000)
  expect(config.status).toMatchObject({ totalRuns: 1, successRate: 1 })
  const ready = config.status?.conditions?.find(({ type }) => type === 'Ready')
  expect(ready).toMatchObject({ status: 'False', reason: 'SecretNotFound', message: 'Secret npm-token does not exist' })
}, 10_000)

test('a controller that may not see the quotas is not ready: its runs wait for them', async () => {
  let isRefused = true
  const it = play(
    {},
    {
      before: ({ verb, type }) => {
        const isQuota = verb === 'list' && type.plural === 'resourcequotas'
        if (isQuota && isRefused) throw refusal('cannot list resource "resourcequotas"')
      },
    },
  )
  const controller = it.startController()
  await waitFor(async () => (controller.caches.runs.hasSynced() ? true : undefined))
  await waitFor(async () => (it.lines.length > 0 ? true : undefined))
  expect(controller.isReady()).toBe(false)
  isRefused = false
  await waitFor(async () => (controller.isReady() ? true : undefined), 15_000)
}, 20_000)
