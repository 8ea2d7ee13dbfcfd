import { afterEach, expect, test, vi } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import { labels, systemNamespace } from '../../../crds/labels.ts'
import { ControllerPlayground, makeMortal, makeStep, namespace } from '../../../test/helpers/controller-playground.ts'
import { QuotaKeeper } from '../../../test/helpers/quota-keeper.ts'
import type { Script } from '../../../test/helpers/simulated-cluster/script.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'

/** Status that can wait is held back for some seconds. */
vi.setConfig({ testTimeout: 60_000 })

const open: { stop(): Promise<void> }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((each) => each.stop()))
})

async function play(pods: number | undefined, script: Script = {}) {
  const keeper = new QuotaKeeper(pods === undefined ? {} : { [namespace]: pods })
  const playground = new ControllerPlayground(script, { admit: keeper.admit })
  open.push(playground, keeper)
  await keeper.start(playground.kube)
  return { it: playground, keeper }
}

const names = ['r1', 'r2', 'r3', 'r4', 'r5']
const phaseOf = ({ status }: PipelineRun) => status?.phase

test('five runs in a namespace with room for two: never more, no refusal, all end', async () => {
  const { it, keeper } = await play(2)
  it.startController()
  for (const name of names) await it.createRun([makeStep('a'), makeStep('b'), makeStep('c', 'a', 'b')], name)
  const ended = await Promise.all(names.map((name) => it.waitForEnd(name)))
  expect(ended.map(phaseOf)).toEqual(names.map(() => 'Succeeded'))
  expect(keeper.most.get(namespace)).toBe(2)
  expect(keeper.refused).toBe(0)
  expect(ended.map(({ status }) => status?.queue)).toEqual(names.map(() => undefined))
})

test('runs that wait say where they stand, and a higher priority goes first', async () => {
  const { it } = await play(1, { hold: [{ does: 'hang' }] })
  it.startController()
  await it.createRun([makeStep('hold')], 'first')
  await it.waitForRun(({ status }) => status?.steps?.[0]?.phase === 'Running', 'first')
  await it.createRun([makeStep('a')], 'second')
  const second = await it.waitForRun(({ status }) => status?.queue !== undefined, 'second')
  const message = 'it asks for 1 of pods, and ResourceQuota "ci" has 0 of 1 left'
  expect(second.status).toMatchObject({
    phase: 'Pending',
    reason: 'QuotaExceeded',
    message: `step a waits: ${message}`,
    queue: { position: 1, of: 1, message: `step a waits: ${message}` },
    steps: [{ name: 'a', phase: 'Pending', reason: 'QuotaExceeded', message }],
  })
  expect(second.status?.startTime).toBeUndefined()
  await it.createRun([makeStep('b')], 'urgent', { priority: { className: 'high', value: 100 } })
  await it.waitForRun(({ status }) => status?.queue?.position === 1, 'urgent')
  await it.waitForRun(({ status }) => status?.queue?.position === 2, 'second')
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'first' }, { spec: { cancel: true } })
  await Promise.all(['first', 'second', 'urgent'].map((name) => it.waitForEnd(name)))
  expect(it.listCreations()).toEqual(['hold', 'b', 'a'])
})

test('a queued run that is cancelled ends at once, and those behind it come forward', async () => {
  const { it } = await play(1, { hold: [{ does: 'hang' }] })
  it.startController()
  await it.createRun([makeStep('hold')], 'first')
  await it.waitForRun(({ status }) => status?.steps?.[0]?.phase === 'Running', 'first')
  await it.createRun([makeStep('a')], 'second')
  await it.waitForRun(({ status }) => status?.queue?.position === 1, 'second')
  await it.createRun([makeStep('b')], 'third')
  await it.waitForRun(({ status }) => status?.queue?.position === 2, 'third')
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'second' }, { spec: { cancel: true } })
  const second = await it.waitForEnd('second')
  expect(second.status).toMatchObject({ phase: 'Cancelled', steps: [{ phase: 'Skipped' }] })
  expect(second.status?.queue).toBeUndefined()
  await it.waitForRun(({ status }) => status?.queue?.position === 1, 'third')
  expect(it.listCreations()).toEqual(['hold'])
})

test('where no quota is, nothing is asked for and nobody waits', async () => {
  const { it } = await play(undefined)
  it.startController()
  await it.createRun([makeStep('a'), makeStep('b', 'a')])
  await it.waitForEnd()
  const reads = it.kube.requests.filter(({ type }) =>
    ['resourcequotas', 'configmaps', 'namespaces'].includes(type.plural),
  )
  expect(new Set(reads.map(({ verb }) => verb))).toEqual(new Set(['list', 'watch']))
})

test('a quota of a team counts the steps of all its namespaces', async () => {
  const { it } = await play(undefined, { hold: [{ does: 'hang' }] })
  const inTeam = { [labels.team]: 'blue' }
  for (const name of [namespace, 'other'])
    await it.kube.create(resourceTypes.namespace, { metadata: { name, labels: inTeam } })
  const quota = { metadata: { name: 'blue', namespace: systemNamespace, labels: { [labels.teamQuota]: 'blue' } } }
  await it.kube.create(resourceTypes.configMap, { ...quota, data: { pods: '1' } } as KubeObject)
  it.startController()
  const there = await it.createRun([makeStep('hold')], 'there')
  await it.waitForRun(({ status }) => status?.steps?.[0]?.phase === 'Running', 'there')
  await it.kube.create<PipelineRun>(resourceTypes.pipelineRun, {
    ...there,
    metadata: { name: 'elsewhere', namespace: 'other' },
    spec: there.spec,
  })
  const waiting = await it.waitForRunIn('other', 'elsewhere', ({ status }) => status?.queue !== undefined)
  expect(waiting.status).toMatchObject({
    reason: 'QuotaExceeded',
    queue: { position: 1, message: expect.stringContaining('the quota of team "blue" has 0 of 1 left') },
  })
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'there' }, { spec: { cancel: true } })
  await it.waitForRunIn('other', 'elsewhere', ({ status }) => status?.steps?.[0]?.jobName !== undefined)
})

test('a pipeline that names a queue of Kueue is held to the quota of its team all the same', async () => {
  const { it } = await play(undefined, { hold: [{ does: 'hang' }] })
  const inTeam = { [labels.team]: 'blue' }
  await it.kube.create(resourceTypes.namespace, { metadata: { name: namespace, labels: inTeam } })
  const quota = { metadata: { name: 'blue', namespace: systemNamespace, labels: { [labels.teamQuota]: 'blue' } } }
  await it.kube.create(resourceTypes.configMap, { ...quota, data: { pods: '1' } } as KubeObject)
  it.startController()
  await it.createRun([makeStep('hold')], 'first')
  await it.waitForRun(({ status }) => status?.steps?.[0]?.phase === 'Running', 'first')
  await it.createRun([makeStep('a')], 'second', { queueName: 'mine' })
  const second = await it.waitForRun(({ status }) => status?.queue !== undefined, 'second')
  expect(second.status?.queue?.message).toContain('the quota of team "blue" has 0 of 1 left')
  expect(it.listCreations()).toEqual(['hold'])
})

test('a controller that dies leaves a queue that another takes up', async () => {
  const { it, keeper } = await play(2)
  const mortal = makeMortal(it.kube)
  it.startController(mortal.api)
  for (const name of names) await it.createRun([makeStep('a'), makeStep('b', 'a')], name)
  await it.waitForRun(({ status }) => status?.steps?.[0]?.phase === 'Succeeded', 'r1')
  mortal.die()
  it.startController()
  const ended = await Promise.all(names.map((name) => it.waitForEnd(name)))
  expect(ended.map(phaseOf)).toEqual(names.map(() => 'Succeeded'))
  expect(keeper.most.get(namespace)).toBe(2)
  expect(it.listCreations().toSorted()).toEqual([...names.map(() => 'a'), ...names.map(() => 'b')])
})

test('runs of a concurrency group go one after the other, the oldest first', async () => {
  const { it } = await play(undefined, { hold: [{ does: 'hang' }] })
  it.startController()
  const concurrency = { group: 'deploy', cancelInProgress: false }
  await it.createRun([makeStep('hold')], 'g1', { concurrency })
  await it.waitForRun(({ status }) => status?.steps?.[0]?.phase === 'Running', 'g1')
  await it.createRun([makeStep('second')], 'g2', { concurrency })
  const waiting = await it.waitForRun(({ status }) => status?.queue !== undefined, 'g2')
  await it.createRun([makeStep('third')], 'g3', { concurrency })
  await it.waitForRun(({ status }) => status?.queue?.position === 2, 'g3')
  expect(waiting.status).toMatchObject({
    phase: 'Pending',
    reason: 'ConcurrencyGroup',
    queue: { position: 1, of: 1, message: 'run g1 of concurrency group "deploy" comes first' },
  })
  await it.kube.patch(resourceTypes.pipelineRun, { namespace, name: 'g1' }, { spec: { cancel: true } })
  const [second, third] = await Promise.all([it.waitForEnd('g2'), it.waitForEnd('g3')])
  expect(it.listCreations()).toEqual(['hold', 'second', 'third'])
  expect(second.status?.queue).toBeUndefined()
  expect(third.status?.phase).toBe('Succeeded')
})
