import { afterEach, expect, test } from 'vitest'
import type { PipelineConfig, PipelineRun } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import type { History } from '../../crds/parts/placement.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { systemTimers } from '../kube/timers.ts'
import type { KubeObject, ObjectMeta } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createCaches, listCaches } from './caches.ts'
import type { ControllerPart } from './parts.ts'
import { createRetentionPart } from './retain-runs.ts'

const namespace = 'team'
const start = Date.parse('2026-06-01T00:00:00Z')
const toStop: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(toStop.splice(0).map((stop) => stop()))
})

interface World extends FakeKubeOptions {
  readonly marks?: (at: number) => ObjectMeta
}

async function open(count: number, history: History, { marks = () => ({}), ...options }: World = {}) {
  const kube = new FakeKube(options)
  const spec = { repository: 'https://git.example/r', steps: [], history }
  await kube.create<PipelineConfig>(resourceTypes.pipelineConfig, {
    metadata: { name: 'web', namespace },
    spec,
  })
  for (let at = 0; at < count; at += 1) await endRun(kube, at, marks(at))
  const caches = createCaches({ source: kube, timers: systemTimers, onFault: (error) => expect(error).toBeUndefined() })
  for (const cache of listCaches(caches)) cache.start()
  await Promise.all(listCaches(caches).map((cache) => cache.whenSynced()))
  const timers = new FakeTimers()
  const lines: string[] = []
  const note = (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`)
  const part: ControllerPart = createRetentionPart({
    api: kube,
    caches,
    clock: { now: () => start + timers.now() },
    timers,
    log: { info: note, warn: note, error: note },
  })
  toStop.push(async () => {
    await part.stop()
    await Promise.all(listCaches(caches).map((cache) => cache.stop()))
  })
  kube.requests.splice(0)
  part.start()
  const names = async () => {
    const { items } = await kube.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })
    return items.map(({ metadata }) => metadata.name)
  }
  return { kube, timers, names, lines }
}

async function endRun(kube: FakeKube, at: number, marks: ObjectMeta): Promise<PipelineRun> {
  const name = `run-${String(at).padStart(5, '0')}`
  const run = {
    apiVersion,
    kind: 'PipelineRun',
    metadata: { name, namespace, ...marks },
    spec: { commit: 'c0ffee0', pipelineConfigRef: 'web' },
  }
  const made = await kube.create<PipelineRun>(resourceTypes.pipelineRun, run)
  const status = { phase: 'Succeeded', completionTime: new Date(start - 86_400_000 + at * 1000).toISOString() }
  await kube.patch(resourceTypes.pipelineRun, { namespace, name }, { status }, { subresource: 'status' })
  return made
}

const verbs = ({ requests }: FakeKube) => requests.map(({ verb }) => verb)

test('the oldest go and what Argo CD owns stays', async () => {
  const tracked = { annotations: { 'argocd.argoproj.io/tracking-id': 'app:c8s.dev/PipelineRun:team/run-00000' } }
  const it = await open(5, { successful: 2 }, { marks: (at) => (at === 0 ? tracked : {}) })
  await it.timers.advance(2500)
  expect(it.kube.requests.map(({ verb, key }) => `${verb} ${key?.name ?? ''}`)).toEqual([
    'remove run-00001',
    'remove run-00002',
  ])
  expect(await it.names()).toEqual(['run-00000', 'run-00003', 'run-00004'])
  expect(it.lines).toHaveLength(2)
})

test('a few a second, and nothing is asked for', async () => {
  const it = await open(40, { successful: 10 })
  await it.timers.advance(2100)
  expect(verbs(it.kube)).toEqual(Array.from({ length: 5 }, () => 'remove'))
  await it.timers.advance(8000)
  expect(new Set(verbs(it.kube))).toEqual(new Set(['remove']))
  expect(await it.names()).toHaveLength(10)
})

test('age alone brings it back', async () => {
  const it = await open(1, { maxAge: '25h' })
  await it.timers.advance(3_500_000)
  expect(await it.names()).toHaveLength(1)
  await it.timers.advance(200_000)
  expect(await it.names()).toEqual([])
})

test('one that somebody has laid hands on since is looked at again, and not deleted as it was', async () => {
  const it = await open(1, { successful: 0 })
  const key = { namespace, name: 'run-00000' }
  const annotations = { 'argocd.argoproj.io/tracking-id': 'app:c8s.dev/PipelineRun:team/run-00000' }
  await it.kube.patch(resourceTypes.pipelineRun, key, { metadata: { annotations } })
  await it.timers.advance(10_000)
  expect(await it.names()).toEqual(['run-00000'])
})

test('a limit that is lowered counts at once', async () => {
  const it = await open(3, { successful: 3 })
  await it.timers.advance(5000)
  await it.kube.patch(
    resourceTypes.pipelineConfig,
    { namespace, name: 'web' },
    { spec: { history: { successful: 1 } } },
  )
  await it.timers.advance(5000)
  await it.timers.advance(5000)
  expect(await it.names()).toEqual(['run-00002'])
})

const tracked: ObjectMeta = { annotations: { 'argocd.argoproj.io/tracking-id': 'app:c8s.dev/PipelineRun:team/run' } }
const keyOf = (name: string) => ({ namespace, name })

test('what Argo CD owns loses its Jobs and its details, once, and keeps its result', async () => {
  const it = await open(3, { successful: 1 }, { marks: () => tracked })
  await it.timers.advance(2500)
  await it.timers.advance(60_000)
  expect(
    it.kube.requests.map(
      ({ verb, key, object }) => `${verb} ${key?.name ?? (object as KubeObject | undefined)?.metadata.name ?? ''}`,
    ),
  ).toEqual(['run-00000', 'run-00001'].flatMap((name) => [`read ${name}`, `apply ${name}`]))
  expect(await it.names()).toHaveLength(3)
  const run = await it.kube.get<PipelineRun>(resourceTypes.pipelineRun, keyOf('run-00000'))
  expect(run?.status).toMatchObject({ phase: 'Succeeded', compactedAt: '2026-06-01T00:00:02Z' })
})

test('of Jobs that have its labels only its own go, with the runs that it called', async () => {
  const it = await open(0, { successful: 0 })
  const made = await endRun(it.kube, 0, tracked)
  const { uid = '' } = made.metadata
  const owner = { apiVersion, kind: 'PipelineRun', name: 'run-00000', uid, controller: true }
  const labels = { 'c8s.dev/job-type': 'step', 'c8s.dev/run-uid': uid }
  const job = (name: string, more: ObjectMeta = {}) =>
    it.kube.create(resourceTypes.job, { metadata: { name, namespace, labels, ...more } })
  await job('ours', { ownerReferences: [owner] })
  await job('theirs')
  const spec = { commit: 'c0ffee0', parent: { name: 'run-00000', uid, step: 'call' } }
  const called = { metadata: { name: 'called', namespace, ownerReferences: [owner] }, spec }
  await it.kube.create(resourceTypes.pipelineRun, called)
  await it.kube.patch(
    resourceTypes.pipelineRun,
    keyOf('called'),
    { status: { phase: 'Failed' } },
    { subresource: 'status' },
  )
  await it.timers.advance(2500)
  await it.timers.advance(5000)
  const removed = it.kube.requests.flatMap(({ verb, key }) => (verb === 'remove' ? [key?.name] : []))
  expect(removed).toEqual(['ours', 'called'])
  expect(await it.kube.get(resourceTypes.job, keyOf('theirs'))).toBeDefined()
  const run = await it.kube.get<PipelineRun>(resourceTypes.pipelineRun, keyOf('run-00000'))
  expect(run?.status?.compactedAt).toBeDefined()
})

test('one that cannot be compacted keeps none of the others waiting', async () => {
  const before: FakeKubeOptions['before'] = ({ verb, object }) => {
    if (verb === 'apply' && (object as KubeObject).metadata.name === 'run-00000')
      throw new Error('the API server says no')
  }
  const it = await open(12, { successful: 0 }, { marks: () => tracked, before })
  for (let second = 0; second < 30; second += 1) await it.timers.advance(1000)
  const { items } = await it.kube.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })
  const whole = items.filter(({ status }) => status?.compactedAt === undefined)
  expect(whole.map(({ metadata }) => metadata.name)).toEqual(['run-00000'])
  expect(it.lines.join('\n')).toContain('will be tried again')
})
