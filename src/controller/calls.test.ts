import { afterEach, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import {
  ControllerPlayground,
  makeMortal,
  makeStep,
  namespace,
  waitFor,
} from '../../test/helpers/controller-playground.ts'
import type { FakeKubeOptions, FakeRequest } from '../../test/helpers/fake-kube.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { reportIndexes, reportIndexFunctions, toReportKey } from '../engine/report-state.ts'
import { keepRunsOf } from '../engine/trigger/known-runs.ts'
import { KubeError } from '../kube/kube-error.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { trimRun } from './trim-run.ts'

const opened: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((playground) => playground.stop()))
})

const isCall = ({ verb, type }: FakeRequest, object: KubeObject) =>
  verb === 'create' && type.plural === 'pipelineruns' && (object as PipelineRun).spec.parent !== undefined

/** Stands for admission: freezes the called pipeline, which is one step. */
const freezeCalls: NonNullable<FakeKubeOptions['admit']> = (request, object) => {
  if (!isCall(request, object)) return object
  const run = object as PipelineRun
  const plan = {
    repository: 'r',
    steps: [makeStep('push')],
    timeoutSeconds: 600,
    clone: { depth: 1, submodules: false },
  }
  return { ...run, spec: { ...run.spec, plan } } as PipelineRun
}

function play(script: Script = {}, options: FakeKubeOptions = {}): ControllerPlayground {
  const playground = new ControllerPlayground(script, { admit: freezeCalls, ...options })
  opened.push(playground)
  return playground
}

const call = (...dependsOn: string[]): Step => ({ name: 'deploy', pipeline: { configRef: 'deploy' }, dependsOn })
const row = ({ status }: PipelineRun, name: string) => status?.steps?.find((each) => each.name === name)
const listCalls = async (it: ControllerPlayground) =>
  (await it.kube.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })).items.filter(({ spec }) => spec.parent)
const findCall = (it: ControllerPlayground) => waitFor(async () => (await listCalls(it))[0])
const steps = [makeStep('build'), call('build'), makeStep('check', 'deploy')]

test('a call is a run of its own that belongs to its caller, and ends the step', async () => {
  const it = play()
  it.startController()
  const parent = await it.createRun(steps)
  const run = await it.waitForEnd()
  const [child] = await listCalls(it)
  expect(run.status).toMatchObject({ phase: 'Succeeded', message: '3 steps succeeded' })
  expect(row(run, 'deploy')).toMatchObject({ phase: 'Succeeded', reason: 'CallSucceeded', run: child?.metadata.name })
  expect(child?.metadata.ownerReferences).toMatchObject([
    { kind: 'PipelineRun', uid: parent.metadata.uid, controller: true },
  ])
  expect(child?.spec).toMatchObject({
    commit: run.status?.commit,
    parent: { name: 'run', uid: parent.metadata.uid, step: 'deploy' },
  })
  expect(it.listCreations()).toEqual(['build', 'push', 'check'])
  expect(it.lines).toEqual([])
})

test('a call that fails says so with the words of the called run', async () => {
  const it = play({ push: [{ does: 'exit', code: 3 }] })
  it.startController()
  await it.createRun(steps)
  const { status } = await it.waitForEnd()
  const { metadata } = await findCall(it)
  expect(status).toMatchObject({
    phase: 'Failed',
    message:
      `step deploy failed: run ${metadata.name ?? ''} failed: step push failed: exit code 3 (and 0 more)`.replace(
        ' (and 0 more)',
        '',
      ),
  })
})

test('a cancel goes down, and the caller ends when the called run has', async () => {
  const it = play({ push: [{ does: 'hang' }] })
  it.startController()
  await it.createRun(steps)
  await it.waitForRun((run) => row(run, 'deploy')?.phase === 'Running')
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  const run = await it.waitForEnd()
  expect(run.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
  expect(row(run, 'deploy')).toMatchObject({ phase: 'Cancelled', reason: 'RunCancelled' })
  expect((await findCall(it)).status?.phase).toBe('Cancelled')
  expect(it.listCreations()).not.toContain('check')
})

test('a called run that the API server refuses fails the step with its words, and is not asked for again', async () => {
  const refuse: NonNullable<FakeKubeOptions['admit']> = (request, object) => {
    const detail =
      'admission webhook "validate.c8s.dev" denied the request: spec.params: Required: target must be given'
    if (isCall(request, object)) throw new KubeError('create', { status: 422, reason: 'Invalid', detail })
    return object
  }
  const it = play({}, { admit: refuse })
  it.startController()
  await it.createRun(steps)
  const run = await it.waitForEnd()
  expect(row(run, 'deploy')).toMatchObject({
    phase: 'Failed',
    reason: 'CallRefused',
    message: 'the API server refuses the run of the called pipeline: spec.params: Required: target must be given',
  })
  const tries = it.kube.requests.filter(({ verb, type, object }) =>
    isCall({ verb, type, key: { name: '' } }, object as KubeObject),
  )
  expect(tries).toHaveLength(1)
})

test('a fault that passes is tried again', async () => {
  let left = 2
  const it = play(
    {},
    {
      before: (request) => {
        if (request.object !== undefined && isCall(request, request.object as KubeObject) && left-- > 0) {
          throw new KubeError('create', { status: 429, reason: 'TooManyRequests', detail: 'later' })
        }
      },
    },
  )
  it.startController()
  await it.createRun(steps)
  expect((await it.waitForEnd()).status?.phase).toBe('Succeeded')
})

test('a called run that is deleted fails the step, and is not made again', async () => {
  const it = play({ push: [{ does: 'hang' }] })
  it.startController()
  await it.createRun(steps)
  const child = await findCall(it)
  await it.waitForRun((run) => row(run, 'deploy')?.run !== undefined)
  await it.kube.remove(resourceTypes.pipelineRun, { namespace, name: child.metadata.name ?? '' })
  const run = await it.waitForEnd()
  expect(row(run, 'deploy')).toMatchObject({ phase: 'Failed', reason: 'CallDeleted' })
  expect(await listCalls(it)).toEqual([])
})

test('a controller that dies after the creation of a call leaves one call to the next', async () => {
  const deaths: (() => void)[] = []
  const it = play(
    {},
    {
      after: (request) => {
        if (request.object !== undefined && isCall(request, request.object as KubeObject))
          for (const die of deaths) die()
      },
    },
  )
  const mortal = makeMortal(it.kube)
  deaths.push(() => mortal.die())
  it.startController(mortal.api)
  await it.createRun(steps)
  await findCall(it)
  it.startController()
  expect((await it.waitForEnd()).status?.phase).toBe('Succeeded')
  expect(await listCalls(it)).toHaveLength(1)
})

test('a step waits for a person, tells how, and goes on when one has said so', async () => {
  const it = play()
  it.startController()
  await it.createRun([makeStep('build'), { ...makeStep('ship', 'build'), approval: { approvers: ['ann'] } }])
  const waiting = await it.waitForRun(({ status }) => status?.reason === 'AwaitingApproval')
  const how = `waits for approval; who has the verb approve and is one of ann runs kubectl patch c8spr run -n team --type merge -p '{"spec":{"approvals":{"ship":"Approved"}}}'`
  expect(waiting.status).toMatchObject({ phase: 'Running', message: `step ship ${how}` })
  expect(row(waiting, 'ship')).toMatchObject({ phase: 'Pending', reason: 'AwaitingApproval', message: how })
  const approvals = { ship: 'Approved' }
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { approvals } })
  const run = await it.waitForEnd()
  expect(row(run, 'ship')).toMatchObject({ phase: 'Succeeded', reason: 'Completed' })
  expect(row(run, 'ship')).not.toHaveProperty('waitingSince')
})

test('of an ended called run is kept what its caller tells of it, and no forge hears of it', () => {
  const event = { type: 'push', connection: 'forge', pipeline: 'web', receivedAt: '2026-01-01T00:00:00.000Z' } as const
  const parent = { name: 'run', uid: 'uid-run', step: 'deploy' }
  const made = makeRun({
    repository: 'r',
    steps: [makeStep('push')],
    timeoutSeconds: 1,
    clone: { depth: 1, submodules: false },
  })
  const end = { reason: 'StepFailed', message: 'step push failed: exit code 3', startTime: '2026-01-01T00:00:00Z' }
  const called: PipelineRun = {
    ...made,
    spec: { ...made.spec, event, parent },
    status: { phase: 'Failed', ...end, completionTime: '2026-01-01T00:01:00Z' },
  }
  const stub = trimRun(called)
  expect(stub.spec).toEqual({ commit: '', pipelineConfigRef: 'config', parent })
  expect(stub.status).toMatchObject({ phase: 'Failed', ...end, completionTime: '2026-01-01T00:01:00Z' })
  expect(JSON.stringify(trimRun(stub))).toBe(JSON.stringify(stub))
  for (const run of [called, { ...called, status: {} }]) {
    expect(toReportKey(run)).toBeUndefined()
    expect(reportIndexFunctions[reportIndexes.untold](run)).toEqual([])
    expect(keepRunsOf('forge', [run])).toEqual([])
  }
})
