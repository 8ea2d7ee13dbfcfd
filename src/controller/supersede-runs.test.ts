import { afterEach, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { ControllerPlayground, makeStep } from '../../test/helpers/controller-playground.ts'
import type { FakeKubeOptions, FakeRequest } from '../../test/helpers/fake-kube.ts'
import { KubeError } from '../kube/kube-error.ts'

const open: ControllerPlayground[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((playground) => playground.stop()))
})

function play(options: FakeKubeOptions = {}): ControllerPlayground {
  const playground = new ControllerPlayground({ lint: [{ does: 'hang' }] }, options)
  open.push(playground)
  return playground
}

const concurrency = { group: 'ci-main', cancelInProgress: true }
const isCancel = ({ verb, type }: FakeRequest) => verb === 'patch' && type.plural === 'pipelineruns'
const isRunning = ({ status }: PipelineRun) => status?.phase === 'Running'
const start = (it: ControllerPlayground, name: string) => it.createRun([makeStep('lint')], name, { concurrency })

test('a new run of the group takes the place of the one that runs, and is named by it', async () => {
  const it = play()
  it.startController()
  await start(it, 'first')
  await it.waitForRun(isRunning, 'first')
  await start(it, 'second')
  const { status } = await it.waitForEnd('first')
  expect(status).toMatchObject({
    phase: 'Cancelled',
    reason: 'Superseded',
    message: 'superseded by the newer run second',
  })
  expect((await it.waitForRun(isRunning, 'second')).spec.cancel).toBeUndefined()
  expect(await it.listEvents()).not.toContain('RunFailed')
  expect(it.lines).toEqual([])
})

test('two controllers, and one that starts late, leave the newest alone', async () => {
  const it = play()
  for (const name of ['a', 'c', 'b']) await start(it, name)
  it.startController()
  it.startController()
  for (const name of ['a', 'b']) expect((await it.waitForEnd(name)).status?.reason).toBe('Superseded')
  const last = await it.waitForRun(isRunning, 'c')
  expect(last.spec.cancel).toBeUndefined()
  // A controller that starts now finds nothing to do.
  const before = it.kube.requests.filter(isCancel).length
  const controller = it.startController()
  await it.waitForRun(() => controller.isReady(), 'c')
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(it.kube.requests.filter(isCancel)).toHaveLength(before)
})

test('runs of other groups and namespaces go on', async () => {
  const it = play()
  it.startController()
  await start(it, 'first')
  await it.createRun([makeStep('lint')], 'other', { concurrency: { ...concurrency, group: 'ci-dev' } })
  await it.waitForRun(isRunning, 'first')
  await it.waitForRun(isRunning, 'other')
  expect(it.kube.requests.filter(isCancel)).toEqual([])
})

test('a cancel is meant for the run as it was seen, and a lost answer to it does no harm', async () => {
  let calls = 0
  const it = play({
    after: (request) => {
      if (!isCancel(request)) return
      calls += 1
      if (calls === 1) throw new KubeError('patch', { status: 0, reason: 'ConnectionFailed', detail: 'socket hang up' })
    },
  })
  it.startController()
  await start(it, 'first')
  await it.waitForRun(isRunning, 'first')
  await start(it, 'second')
  expect((await it.waitForEnd('first')).status?.reason).toBe('Superseded')
  const patches = it.kube.requests.filter(isCancel).map(({ object }) => object)
  expect(patches).toContainEqual({
    metadata: { uid: expect.any(String), resourceVersion: expect.any(String) },
    spec: { cancel: true },
  })
})
