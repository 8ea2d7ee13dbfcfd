import { afterEach, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { nameWorkspace } from '../../crds/names.ts'
import { ControllerPlayground, makeStep, namespace, waitFor } from '../../test/helpers/controller-playground.ts'
import type { FakeKubeOptions, FakeRequest } from '../../test/helpers/fake-kube.ts'
import type { Script } from '../../test/helpers/simulated-cluster/script.ts'
import { KubeError } from '../kube/kube-error.ts'
import { resourceTypes } from '../lib/resource-types.ts'

const type = resourceTypes.persistentVolumeClaim
const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

function play(script: Script = {}, options: FakeKubeOptions = {}): ControllerPlayground {
  const playground = new ControllerPlayground(script, options)
  open.push(playground)
  return playground
}

const startRun = (it: ControllerPlayground) =>
  it.createRun([makeStep('build'), makeStep('test', 'build')], 'run', { workspace: { size: '1Gi' } })
const nameClaim = ({ metadata: { name = '', uid = '' } }: PipelineRun) => nameWorkspace({ run: name, runUid: uid })
const isClaim = ({ verb, type: of }: FakeRequest) => verb === 'create' && of.plural === type.plural
const rowOf = ({ status }: PipelineRun) => status?.steps?.find(({ name }) => name === 'build')
const refuse = (detail: string) => new KubeError('create', { status: 403, reason: 'Forbidden', detail })

test('the volume of a run is claimed once, owned by it, and gone when it has ended', async () => {
  const seen: FakeRequest[] = []
  const it = play({ test: [{ does: 'hang' }] }, { before: (request) => void seen.push(request) })
  it.startController()
  const run = await startRun(it)
  await it.waitForRun(
    ({ status }) => status?.steps?.some(({ name, phase }) => name === 'test' && phase === 'Running') === true,
  )
  const key = { namespace, name: nameClaim(run) }
  const claim = await it.kube.get(type, key)
  expect(claim?.metadata.ownerReferences).toEqual([
    expect.objectContaining({ uid: run.metadata.uid, controller: true }),
  ])
  expect(seen.filter(isClaim)).toHaveLength(1)
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  await it.waitForEnd()
  expect(await it.kube.get(type, key)).toBeUndefined()
})

test('a controller that comes later finds the claim, and removes it all the same', async () => {
  const it = play({ build: [{ does: 'hang' }] })
  const first = it.startController()
  const run = await startRun(it)
  await it.waitForRun((now) => rowOf(now)?.phase === 'Running')
  await first.stop()
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  it.startController()
  await it.waitForEnd()
  expect(await it.kube.get(type, { namespace, name: nameClaim(run) })).toBeUndefined()
})

test('a run waits while a quota has no room for its volume, and then goes on', async () => {
  let isFull = true
  const detail = 'persistentvolumeclaims "x" is forbidden: exceeded quota: ci, requested: requests.storage=1Gi'
  const before = (request: FakeRequest) => {
    if (isFull && isClaim(request)) throw refuse(detail)
  }
  const it = play({}, { before })
  it.startController()
  await startRun(it)
  const waiting = await it.waitForRun((run) => rowOf(run)?.reason === 'QuotaExceeded')
  expect(rowOf(waiting)).toMatchObject({ phase: 'Pending', message: expect.stringContaining('exceeded quota: ci') })
  expect(it.listCreations()).toEqual([])
  isFull = false
  // It asks again after five seconds.
  const isOver = async () => ((await it.readRun()).status?.phase === 'Succeeded' ? true : undefined)
  expect(await waitFor(isOver, 15_000)).toBe(true)
}, 20_000)

test('a claim that the API server will never take fails the step with its words', async () => {
  const before = (request: FakeRequest) => {
    if (isClaim(request)) throw refuse('maximum storage usage per PersistentVolumeClaim is 500Mi, but request is 1Gi')
  }
  const it = play({}, { before })
  it.startController()
  await startRun(it)
  const run = await it.waitForEnd()
  expect(rowOf(run)).toMatchObject({
    phase: 'Failed',
    reason: 'WorkspaceRefused',
    message: expect.stringContaining('is 500Mi'),
  })
  expect(run.status?.reason).toBe('InfrastructureError')
})

test("somebody else's claim of the name is neither used nor removed", async () => {
  const it = play()
  const run = await startRun(it)
  const key = { namespace, name: nameClaim(run) }
  await it.kube.create(type, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: key })
  it.startController()
  expect(rowOf(await it.waitForEnd())?.reason).toBe('WorkspaceRefused')
  expect(await it.kube.get(type, key)).toBeDefined()
})
