import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { controllerLease } from '../../src/controller/permissions.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { makeRun } from '../helpers/arbitrary-run.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { makeStep, waitFor } from '../helpers/controller-playground.ts'
import { type ControllerProcess, ControllerProcesses } from '../helpers/controller-process.ts'
import { startReleasingWebhook } from '../helpers/releasing-webhook.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'
import type { Script } from '../helpers/simulated-cluster/script.ts'

let served: ServedKinds | undefined
let releasing: { stop(): Promise<void> } | undefined
let api: KubeApi
let namespace: string

beforeAll(async () => {
  served = await serveKinds()
  api = served.api
  process.env['KUBECONFIG'] = served.server.kubeconfig
  await api.create(resourceTypes.namespace, { metadata: { name: controllerLease.namespace } })
  releasing = await startReleasingWebhook(api)
})

afterAll(async () => {
  await releasing?.stop()
  await served?.stop()
})

beforeEach(async () => {
  const made = await api.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'run-' } })
  namespace = made.metadata.name ?? ''
})

const processes = new ControllerProcesses()
afterEach(() => processes.killAll())

async function createRun(plan: Pick<Plan, 'steps'> & Partial<Plan>): Promise<void> {
  const clone = { depth: 1, submodules: false }
  const run = makeRun({ repository: 'https://git.example/r', timeoutSeconds: 600, clone, ...plan })
  await api.create<PipelineRun>(resourceTypes.pipelineRun, { ...run, metadata: { name: 'run', namespace } })
}

const waitForRun = (until: (run: PipelineRun) => boolean, limitMs = 20_000) =>
  waitFor(async () => {
    const run = await api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name: 'run' })
    return run !== undefined && until(run) ? run : undefined
  }, limitMs)

const waitForEnd = (limitMs?: number) => waitForRun(({ status }) => status?.completionTime !== undefined, limitMs)

function startPlayer(script: Script): ClusterPlayer {
  const player = new ClusterPlayer({ api, namespace, script, pauseMs: 20 })
  player.start()
  return player
}

/** The end of the run, with a controller that dies at its write and one that comes after it. */
async function endKilledAt(point: string, script: Script): Promise<PipelineRun> {
  const player = startPlayer(script)
  const first = await processes.start(api, point)
  expect(await first.ended, first.output()).toBe('SIGKILL')
  const second = await processes.start(api)
  const run = await waitForEnd()
  await player.stop()
  await second.stop()
  return run
}

const phasesOf = ({ status }: PipelineRun) =>
  Object.fromEntries(status?.steps?.map((row) => [row.name, row.phase]) ?? [])

async function listJobs(): Promise<readonly string[]> {
  const { items } = await api.list(resourceTypes.job, { namespace })
  return items.map(({ metadata }) => metadata.labels?.[labels.step] ?? '').toSorted()
}

it('runs a pipeline on a real API server, with conditions that kubectl wait and kstatus read', async () => {
  const controller = await processes.start(api)
  const player = startPlayer({})
  await createRun({ steps: [makeStep('lint'), makeStep('unit', 'lint'), makeStep('build', 'unit')] })
  const run = await waitForEnd()
  await player.stop()
  await controller.stop()
  expect(phasesOf(run)).toEqual({ lint: 'Succeeded', unit: 'Succeeded', build: 'Succeeded' })
  const conditions = run.status?.conditions?.map(({ type, status }) => `${type}=${status}`)
  expect(conditions?.toSorted()).toEqual(['Ready=True', 'Reconciling=False', 'Stalled=False', 'Succeeded=True'])
  expect(run.status?.commit).toMatch(/^c0ffee/)
  expect(controller.output()).not.toContain('"level":50')
}, 60_000)

/** Before and after each of the first so many writes; a run makes a few more, Events that come late among them. */
const pointsOf = (writes: number) =>
  Array.from({ length: writes }, (_, i) => i + 1).flatMap((write) => [`${write}:before`, `${write}:after`])

describe('a chain with a pod that is lost and a step that fails', () => {
  const steps = [makeStep('lint'), makeStep('unit', 'lint'), makeStep('build', 'unit')]
  const script: Script = { unit: [{ does: 'evict' }, { does: 'exit', code: 2 }] }

  it.each(pointsOf(8))(
    'killed at write %s and started anew, the controller neither repeats nor loses a step',
    async (point) => {
      await createRun({ steps })
      const run = await endKilledAt(point, script)
      expect(phasesOf(run)).toEqual({ lint: 'Succeeded', unit: 'Failed', build: 'Skipped' })
      expect(run.status?.steps?.find(({ name }) => name === 'unit')).toMatchObject({ exitCode: 2, attempt: 2 })
      expect(await listJobs()).toEqual(['lint', 'unit'])
    },
    60_000,
  )
})

/** The end of the run, with controllers that all die at that write of theirs, one after another, and how many did. */
async function endAmongDying(point: string, script: Script, meanwhile: () => Promise<void>) {
  const player = startPlayer(script)
  const happening = meanwhile()
  const state: { isOver: boolean; current?: ControllerProcess } = { isOver: false }
  const stopAtEnd = async () => {
    try {
      return await waitForEnd(120_000)
    } finally {
      state.isOver = true
      await state.current?.stop()
    }
  }
  const ended = stopAtEnd()
  let deaths = 0
  while (!state.isOver) {
    state.current = await processes.start(api, point)
    // It may have ended while this one was started.
    if (state.isOver) await state.current.stop()
    if ((await state.current.ended) === 'SIGKILL') deaths += 1
  }
  const run = await ended
  await happening
  return { run, deaths, player }
}

describe('a run with a volume that is cancelled, and has a last step', () => {
  const plan = {
    steps: [makeStep('build'), makeStep('serve', 'build')],
    finally: [makeStep('notify')],
    workspace: { size: '1Gi' },
  }
  const script: Script = { serve: [{ does: 'hang' }] }
  const isServing = ({ status }: PipelineRun) =>
    status?.steps?.some(({ name, phase }) => name === 'serve' && phase === 'Running') === true

  async function cancelServing(): Promise<void> {
    await waitForRun(isServing, 60_000)
    await api.patch(resourceTypes.pipelineRun, { namespace, name: 'run' }, { spec: { cancel: true } })
  }

  // The first write of a controller that takes over only asks for the time, and the second may ask for what is there.
  it.each(['3:after', '4:before'])(
    'by controllers that all die at %s of their writes: each step has one Job, the last one too, and the claim goes',
    async (point) => {
      await createRun(plan)
      const { run, deaths, player } = await endAmongDying(point, script, cancelServing)
      expect(deaths).toBeGreaterThanOrEqual(4)
      expect(run.status?.phase).toBe('Cancelled')
      expect(phasesOf(run)).toEqual({ build: 'Succeeded', serve: 'Cancelled', notify: 'Succeeded' })
      const last = await processes.start(api)
      const isGone = async () => {
        const { items } = await api.list(resourceTypes.persistentVolumeClaim, { namespace })
        return items.every(({ metadata }) => metadata.deletionTimestamp !== undefined) ? true : undefined
      }
      expect(await waitFor(isGone)).toBe(true)
      await player.stop()
      await last.stop()
      expect(await listJobs()).toEqual(['build', 'notify', 'serve'])
    },
    180_000,
  )
})
