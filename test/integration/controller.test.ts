import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import type { Step } from '../../crds/parts/step.ts'
import { controllerLease } from '../../src/controller/permissions.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { makeRun } from '../helpers/arbitrary-run.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { makeStep, waitFor } from '../helpers/controller-playground.ts'
import { startReleasingWebhook } from '../helpers/releasing-webhook.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'
import type { Script } from '../helpers/simulated-cluster/script.ts'

const root = join(import.meta.dirname, '../..')

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

/** Those of a test that failed halfway, too. */
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface ControllerProcess {
  readonly ended: Promise<NodeJS.Signals | null>
  stop(signal?: NodeJS.Signals): Promise<void>
  output(): string
}

/** The controller as it runs in its pod. The lease of one that was killed is taken away: nobody waits for it to run out. */
async function startController(faultPoint = ''): Promise<ControllerProcess> {
  await api.remove(resourceTypes.lease, controllerLease)
  const env = { ...process.env, C8S_HEALTH_PORT: '0', C8S_FAULT_POINT: faultPoint }
  const child: ChildProcess = spawn(process.execPath, [join(root, 'src/bin/c8s.ts'), 'controller'], { env })
  children.push(child)
  const parts: string[] = []
  child.stdout?.on('data', (part: Buffer) => parts.push(part.toString()))
  child.stderr?.on('data', (part: Buffer) => parts.push(part.toString()))
  const ended = new Promise<NodeJS.Signals | null>((resolve) => child.once('exit', (_, signal) => resolve(signal)))
  return {
    ended,
    output: () => parts.join(''),
    stop: async (signal = 'SIGTERM') => {
      child.kill(signal)
      await ended
    },
  }
}

function startPlayer(script: Script): ClusterPlayer {
  const player = new ClusterPlayer({ api, namespace, script, pauseMs: 20 })
  player.start()
  return player
}

async function createRun(steps: readonly Step[]): Promise<void> {
  const clone = { depth: 1, submodules: false }
  const run = makeRun({ repository: 'https://git.example/r', steps: [...steps], timeoutSeconds: 600, clone })
  await api.create<PipelineRun>(resourceTypes.pipelineRun, { ...run, metadata: { name: 'run', namespace } })
}

function readRun(): Promise<PipelineRun | undefined> {
  return api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name: 'run' })
}

const waitForEnd = () =>
  waitFor(async () => {
    const run = await readRun()
    return run?.status?.completionTime === undefined ? undefined : run
  }, 20_000)

const phases = (run: PipelineRun) =>
  Object.fromEntries(run.status?.steps?.map(({ name, phase }) => [name, phase]) ?? [])
const steps = [makeStep('lint'), makeStep('unit', 'lint'), makeStep('build', 'unit')]
const script: Script = { unit: [{ does: 'evict' }, { does: 'exit', code: 2 }] }
const wantPhases = { lint: 'Succeeded', unit: 'Failed', build: 'Skipped' }

it('runs a pipeline on a real API server, with conditions that kubectl wait and kstatus read', async () => {
  const controller = await startController()
  const player = startPlayer({})
  await createRun(steps)
  const run = await waitForEnd()
  await player.stop()
  await controller.stop()
  expect(phases(run)).toEqual({ lint: 'Succeeded', unit: 'Succeeded', build: 'Succeeded' })
  const conditions = run.status?.conditions?.map(({ type, status }) => `${type}=${status}`)
  expect(conditions?.toSorted()).toEqual(['Ready=True', 'Reconciling=False', 'Stalled=False', 'Succeeded=True'])
  expect(run.status?.commit).toMatch(/^c0ffee/)
  expect(controller.output()).not.toContain('"level":50')
}, 60_000)

/** The run makes a few more, Events that come late among them. */
const writes = Array.from({ length: 8 }, (_, index) => index + 1)
const points = writes.flatMap((write) => [`${write}:before`, `${write}:after`])

it.each(points)(
  'killed at write %s and started anew, it neither repeats nor loses a step',
  async (point) => {
    await createRun(steps)
    const player = startPlayer(script)
    const first = await startController(point)
    expect(await first.ended, first.output()).toBe('SIGKILL')
    const second = await startController()
    const run = await waitForEnd()
    await player.stop()
    await second.stop()
    expect(phases(run), second.output()).toEqual(wantPhases)
    expect(run.status?.steps?.find(({ name }) => name === 'unit')).toMatchObject({ exitCode: 2, attempt: 2 })
    const jobs = await api.list(resourceTypes.job, { namespace })
    expect(jobs.items.map(({ metadata }) => metadata.labels?.[labels.step] ?? '').toSorted()).toEqual(['lint', 'unit'])
  },
  60_000,
)
