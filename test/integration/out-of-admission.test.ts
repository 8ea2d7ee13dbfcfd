import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { annotations, controllerUser, labels } from '../../crds/labels.ts'
import { type Controller, createController } from '../../src/controller/controller.ts'
import { defaultSettings } from '../../src/engine/snapshot.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { Job, KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { aConfig, aRun } from '../helpers/admission-objects.ts'
import { ClusterPlayer } from '../helpers/cluster-player.ts'
import { makeStep, waitFor } from '../helpers/controller-playground.ts'
import { type ServedWebhooks, serveWebhooks } from '../helpers/running-webhooks.ts'
import { type PodScript, succeed } from '../helpers/simulated-cluster/script.ts'

const configurations = [resourceTypes.mutatingWebhookConfiguration, resourceTypes.validatingWebhookConfiguration]
const limitMs = 30_000

let webhooks: ServedWebhooks
let controller: Controller | undefined
let player: ClusterPlayer | undefined
/** The player reads it at each move. */
const script: Record<string, readonly PodScript[]> = {}
/** How the API server answered each Job that the controller sent. */
const answers: { readonly step: string; readonly isSuspended: boolean }[] = []

beforeAll(async () => {
  webhooks = await serveWebhooks()
  const { namespace, admin } = webhooks
  player = new ClusterPlayer({ api: admin, namespace, script, pauseMs: 20 })
  player.start()
  const api = webhooks.impersonate(controllerUser)
  const create: typeof api.create = async (type, object, options) => {
    const stored = await api.create(type, object, options)
    if (type === resourceTypes.job) noteAnswer(stored)
    return stored
  }
  const note = () => undefined
  const log = { info: note, warn: note, error: note }
  const noted = { ...api, create }
  controller = createController({
    api: noted,
    clock: systemClock,
    timers: systemTimers,
    settings: defaultSettings,
    log,
  })
  controller.start()
  controller.lead()
}, 60_000)

afterAll(async () => {
  await controller?.stop()
  await player?.stop()
  await webhooks.stop()
})

function noteAnswer({ metadata, spec }: Job): void {
  answers.push({ step: metadata.labels?.[labels.step] ?? '', isSuspended: spec?.suspend === true })
}

const readRun = (name: string) =>
  webhooks.admin.get<PipelineRun>(resourceTypes.pipelineRun, { namespace: webhooks.namespace, name })

function waitForRun(name: string, until: (status: NonNullable<PipelineRun['status']>) => boolean) {
  return waitFor(async () => {
    const run = await readRun(name)
    return run?.status !== undefined && until(run.status) ? run : undefined
  }, limitMs)
}

/** The API server goes on asking for a moment. */
async function waitUntilNothingIsMutated(): Promise<void> {
  const { namespace } = webhooks
  const probe = { ...aConfig(), metadata: { name: 'probe', namespace } }
  await waitFor(async () => {
    const dev = webhooks.impersonate('dev')
    const { metadata } = await dev.create<KubeObject>(resourceTypes.pipelineConfig, probe, { dryRun: true })
    return metadata.annotations?.[annotations.author] === undefined ? true : undefined
  }, limitMs)
}

/** As the documented command does. Answers what was taken away, to be put back. */
async function takeOut(types: readonly (typeof configurations)[number][]): Promise<() => Promise<void>> {
  const { admin, namespace: name } = webhooks
  const found = await Promise.all(types.map((type) => admin.get<KubeObject>(type, { name })))
  for (const type of types) await admin.remove(type, { name })
  await waitUntilNothingIsMutated()
  return async () => {
    for (const [index, type] of types.entries()) {
      const { metadata, ...rest } = found[index] ?? { metadata: {} }
      await admin.create(type, { ...rest, metadata: { name: metadata.name ?? '' } })
    }
  }
}

async function startRun(name: string): Promise<void> {
  const { namespace } = webhooks
  const steps = [
    { ...makeStep('first'), clone: false },
    { ...makeStep('second', 'first'), clone: false },
  ]
  const dev = webhooks.impersonate('dev')
  const config = aConfig({ steps }, { name })
  await dev.create<KubeObject>(resourceTypes.pipelineConfig, { ...config, metadata: { name, namespace } })
  const run = aRun({ pipelineConfigRef: name }, { name })
  await dev.create<KubeObject>(resourceTypes.pipelineRun, { ...run, metadata: { name, namespace } })
}

it.each([
  ['both configurations', configurations],
  ['the mutating one alone', configurations.slice(0, 1)],
] as const)(
  'without %s nothing more starts, the run says why, and goes on when they are back',
  async (what, types) => {
    const { admin, namespace } = webhooks
    const name = what === 'both configurations' ? 'both' : 'half'
    script['first'] = [{ does: 'hang' }]
    await startRun(name)
    await waitForRun(name, ({ steps }) => steps?.[0]?.phase === 'Running')
    const putBack = await takeOut(types)
    answers.length = 0
    script['first'] = [succeed]
    const waiting = await waitForRun(name, ({ steps }) => steps?.[1]?.reason === 'AdmissionMissing')
    expect(waiting.status).toMatchObject({ phase: 'Running', reason: 'AdmissionMissing' })
    expect(waiting.status?.message).toContain('step second waits: c8s is out of admission')
    expect(waiting.status?.steps?.[1]?.jobName).toBeUndefined()
    // Each try was stored suspended, and taken back: no pod, and no Job that stays.
    expect(answers).toContainEqual({ step: 'second', isSuspended: true })
    const ofSecond = { namespace, labelSelector: `${labels.step}=second,${labels.run}=${name}` }
    expect((await admin.list(resourceTypes.pod, ofSecond)).items).toEqual([])
    await waitFor(async () => ((await admin.list(resourceTypes.job, ofSecond)).items.length === 0 ? true : undefined))

    await putBack()
    const ended = await waitForRun(name, ({ completionTime }) => completionTime !== undefined)
    expect(ended.status).toMatchObject({ phase: 'Succeeded', steps: [{ attempt: 1 }, { attempt: 1 }] })
    expect(answers.at(-1)).toEqual({ step: 'second', isSuspended: false })
    const { items } = await admin.list<Job>(resourceTypes.job, ofSecond)
    expect(items.map(({ metadata }) => metadata.annotations?.['c8s.dev/held'])).toEqual([undefined])
  },
  90_000,
)
