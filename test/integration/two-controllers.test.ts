import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import { type Controller, createController } from '../../src/controller/controller.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { Log } from '../../src/lib/log.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { makeRun } from '../helpers/arbitrary-run.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { makeStep, waitFor } from '../helpers/controller-playground.ts'
import { withReleasedJobs } from '../helpers/released-jobs.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'

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

beforeEach(async () => {
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'two-' } })
  namespace = made.metadata.name ?? ''
})

const errors: unknown[] = []
const log: Log = { info: () => undefined, warn: () => undefined, error: (entry) => errors.push(entry) }

/** Leads without asking anybody, as a process may that does not know yet that its lease has run out. */
function startLeader(): Controller {
  const controller = createController({
    api: withReleasedJobs(api),
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log,
  })
  controller.start()
  controller.lead()
  return controller
}

const count = 10
const steps = [makeStep('lint'), makeStep('unit', 'lint'), makeStep('build', 'unit')]
const nameOf = (i: number) => `run-${i}`

async function createRuns(): Promise<void> {
  const clone = { depth: 1, submodules: false }
  for (let i = 0; i < count; i += 1) {
    const run = makeRun({ repository: 'https://git.example/r', steps, timeoutSeconds: 600, clone })
    await api.create<PipelineRun>(resourceTypes.pipelineRun, { ...run, metadata: { name: nameOf(i), namespace } })
  }
}

const readRuns = () => api.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })

async function waitForEnds(): Promise<readonly PipelineRun[]> {
  return waitFor(async () => {
    const { items } = await readRuns()
    return items.every(({ status }) => status?.completionTime !== undefined) ? items : undefined
  }, 60_000)
}

async function countJobs(): Promise<readonly string[]> {
  const { items } = await api.list(resourceTypes.job, { namespace })
  return items.map(({ metadata }) => `${metadata.labels?.[labels.run]}/${metadata.labels?.[labels.step]}`).toSorted()
}

const eachOnce = Array.from({ length: count }, (_, i) => steps.map(({ name }) => `${nameOf(i)}/${name}`))
  .flat()
  .toSorted()

it('two that lead at once make each Job once, and come to the same end', async () => {
  const player = new ClusterPlayer({ api, namespace, script: {}, pauseMs: 20 })
  player.start()
  const leaders = [startLeader(), startLeader()]
  await createRuns()
  const runs = await waitForEnds()
  await Promise.all([player.stop(), ...leaders.map((leader) => leader.stop())])
  expect(runs.map(({ status }) => status?.phase)).toEqual(runs.map(() => 'Succeeded'))
  expect(await countJobs()).toEqual(eachOnce)
  expect(errors).toEqual([])
}, 120_000)

it('a storm of changes by somebody else only delays a run', async () => {
  const player = new ClusterPlayer({ api, namespace, script: {}, pauseMs: 20 })
  player.start()
  const leader = startLeader()
  await createRuns()
  const over = new AbortController()
  const storm = (async () => {
    for (let n = 0; !over.signal.aborted; n += 1) {
      const patch = { metadata: { annotations: { 'example.com/storm': String(n) } } }
      const key = { namespace, name: nameOf(n % count) }
      await api.patch(resourceTypes.pipelineRun, key, patch)
      await pause(2)
    }
  })()
  const runs = await waitForEnds()
  over.abort()
  await storm
  await Promise.all([player.stop(), leader.stop()])
  expect(runs.map(({ status }) => status?.phase)).toEqual(runs.map(() => 'Succeeded'))
  expect(await countJobs()).toEqual(eachOnce)
}, 120_000)
