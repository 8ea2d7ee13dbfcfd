import { expect, it } from 'vitest'
import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import { makeMortal } from '../../test/helpers/controller-playground.ts'
import { FakeKube, type FakeRequest } from '../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { ListingForge } from '../../test/helpers/listing-forge.ts'
import { createController } from '../controller/controller.ts'
import type { PartInputs } from '../controller/parts.ts'
import { defaultSettings } from '../engine/snapshot.ts'
import { createDeliveryLog } from '../forge/deliveries/write.ts'
import { createIntake } from '../forge/intake/intake.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import type { CommitReport } from '../vcs/calls.ts'
import { composeForgeParts } from './forge-parts.ts'

/** Ten seconds before the moment of the schedule. */
const epoch = Date.parse('2026-01-01T00:29:50Z')
const minuteMs = 60_000
const pipeline = 'version: v1alpha1\nname: ci\nsteps:\n  - { name: a, image: i, commands: [make] }\n'
const [old, young] = ['a'.repeat(40), 'b'.repeat(40)]

class WholeForge extends ListingForge {
  readonly reports: CommitReport[] = []
  webhooks = 0
  override readPipelineFiles = () => Promise.resolve([{ path: '.c8s.yaml', text: pipeline }]) as never
  override report = ((report: CommitReport) => {
    this.reports.push(report)
    return Promise.resolve({})
  }) as never
  override ensureWebhook = () => {
    this.webhooks += 1
    return Promise.resolve('unchanged') as never
  }
}

type Fault = (request: FakeRequest) => void

/** One connection with a head that moved, one config that is asked for and due. */
class World {
  readonly timers = new FakeTimers()
  readonly clock = { now: () => epoch + this.timers.now() }
  readonly forge = new WholeForge()
  before: Fault = () => undefined
  after: Fault = () => undefined
  readonly kube = new FakeKube({
    now: () => this.clock.now(),
    before: (request) => this.before(request),
    after: (request) => this.after(request),
  })

  async fill(): Promise<void> {
    this.forge.refs.set('refs/heads/main', young)
    const metadata = { namespace: 'team', name: 'app' }
    const repository = 'https://git.test/team/app'
    const data = { 'webhook-secret': btoa('s'), token: btoa('t') }
    await this.kube.create(resourceTypes.secret, {
      metadata: { ...metadata, name: 'keys' },
      data,
    } as object as PipelineRun)
    const spec = { repository, provider: 'gitea', authSecretRef: 'keys', webhookSecretRef: 'keys' } as const
    await this.kube.create<RepositoryConnection>(resourceTypes.repositoryConnection, { metadata, spec })
    const status = { heads: [{ ref: 'refs/heads/main', commit: old }], headsOf: 'git.test/team/app' }
    const kind = { apiVersion: 'c8s.dev/v1alpha1', kind: 'RepositoryConnection' }
    await this.kube.apply(resourceTypes.repositoryConnection, { ...kind, metadata, status } as object as PipelineRun, {
      subresource: 'status',
      fieldManager: 'c8s-forge',
    })
    await this.kube.create<PipelineConfig>(resourceTypes.pipelineConfig, {
      metadata: { ...metadata, annotations: { [annotations.runRequested]: '1' } },
      spec: {
        repository,
        steps: [{ name: 'a', image: 'i', commands: ['make'] }],
        triggers: { schedules: [{ cron: '30 * * * *' }] },
      },
    })
  }

  start() {
    const { timers, clock, forge } = this
    const mortal = makeMortal(this.kube)
    const log = { info: () => undefined, warn: () => undefined, error: () => undefined }
    const shared = { client: mortal.api, clock, timers, log }
    const openForge = async () => forge
    const side = {
      openForge,
      intake: createIntake({ ...shared, openForge }),
      deliveries: createDeliveryLog({ ...shared, component: 'c8s-controller' }),
    }
    const settings = { externalURL: 'https://c8s.test', pollIntervalMs: 5 * minuteMs }
    const parts = [
      (inputs: PartInputs) => composeForgeParts({ inputs: { ...inputs, clock }, side, settings, wallClock: clock }),
    ]
    const controller = createController({ api: mortal.api, clock, timers, settings: defaultSettings, log, parts })
    controller.start()
    controller.lead()
    return mortal
  }

  async describe() {
    const { items } = await this.kube.list<PipelineRun>(resourceTypes.pipelineRun)
    const key = { namespace: 'team', name: 'app' }
    const connection = await this.kube.get<RepositoryConnection>(resourceTypes.repositoryConnection, key)
    const config = await this.kube.get<PipelineConfig>(resourceTypes.pipelineConfig, key)
    return {
      runs: items.map(({ spec, status }) => `${spec.event?.type} ${status?.phase}`).sort(),
      heads: connection?.status?.heads?.map(({ commit }) => commit),
      webhook: connection?.status?.webhookRegistered,
      request: items.some(({ metadata }) => metadata.name === config?.status?.lastRequest?.run),
      scheduled: config?.status?.lastScheduled,
      shown: Object.fromEntries(
        this.forge.reports.map(({ commit, context, state }) => [`${commit} ${context}`, state]),
      ),
    }
  }
}

const isWrite = ({ verb }: FakeRequest) => ['create', 'replace', 'patch', 'apply', 'remove'].includes(verb)

async function play(dieAt: number, isAnswerLost: boolean) {
  const world = new World()
  await world.fill()
  let writes = 0
  const mortal = world.start()
  const fault = (request: FakeRequest) => {
    if (!isWrite(request)) return
    writes += 1
    if (writes !== dieAt) return
    mortal.die()
    throw new Error('killed')
  }
  world[isAnswerLost ? 'after' : 'before'] = fault
  await world.timers.advance(2 * minuteMs)
  world.before = () => undefined
  world.after = () => undefined
  mortal.die()
  world.start()
  await world.timers.advance(15 * minuteMs)
  return { writes, reports: world.forge.reports.length, end: await world.describe() }
}

it('a controller that is killed at any write leaves nothing undone and does nothing twice', async () => {
  const whole = await play(Number.POSITIVE_INFINITY, false)
  expect(whole.end).toEqual({
    runs: ['push Failed', 'request Failed', 'schedule Failed'],
    heads: [young],
    webhook: true,
    request: true,
    scheduled: '2026-01-01T00:30:00Z',
    shown: { [`${young} c8s/app`]: 'error', [`${young} c8s/ci`]: 'error' },
  })
  expect(whole.writes).toBeGreaterThan(10)
  for (let dieAt = 1; dieAt <= whole.writes; dieAt += 1) {
    for (const isAnswerLost of [false, true]) {
      const killed = await play(dieAt, isAnswerLost)
      expect({ dieAt, isAnswerLost, ...killed.end }).toEqual({ dieAt, isAnswerLost, ...whole.end })
      // What was told while the answer of its note was lost is told once more.
      expect(killed.reports).toBeLessThanOrEqual(whole.reports + 1)
    }
  }
}, 60_000)
