import { expect, it } from 'vitest'
import type { PipelineConfig, RepositoryConnection } from '../../crds/kinds.ts'
import { FakeKube, type FakeRequest } from '../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { ListingForge } from '../../test/helpers/listing-forge.ts'
import { createController } from '../controller/controller.ts'
import type { PartInputs } from '../controller/parts.ts'
import { defaultSettings } from '../engine/snapshot.ts'
import { createDeliveryLog } from '../forge/deliveries/write.ts'
import { createIntake } from '../forge/intake/intake.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { composeForgeParts } from './forge-parts.ts'

const epoch = Date.parse('2026-01-01T00:00:00Z')
const minuteMs = 60_000
const count = 100

/** A forge where nothing happens, that has the webhook. */
class IdleForge extends ListingForge {
  webhooks = 0
  override ensureWebhook = () => {
    this.webhooks += 1
    return Promise.resolve('unchanged' as const) as never
  }
}

async function fill(kube: FakeKube): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const metadata = { namespace: `team-${index}`, name: 'app' }
    const repository = `https://git.test/team-${index}/app`
    await kube.create(resourceTypes.secret, {
      metadata: { ...metadata, name: 'keys' },
      data: { 'webhook-secret': btoa('secret'), token: btoa('token') },
    } as object as RepositoryConnection)
    await kube.create<PipelineConfig>(resourceTypes.pipelineConfig, {
      metadata,
      spec: { repository, steps: [{ name: 'a', image: 'a', commands: ['a'], secrets: [] }] },
    })
    await kube.create<RepositoryConnection>(resourceTypes.repositoryConnection, {
      metadata,
      spec: { repository, provider: 'gitea', authSecretRef: 'keys', webhookSecretRef: 'keys' },
    })
  }
}

function tally(requests: readonly FakeRequest[]): Readonly<Record<string, number>> {
  const names = requests.map(({ verb, type }) => `${verb} ${type.plural}`)
  return Object.fromEntries([...new Set(names)].sort().map((name) => [name, names.filter((n) => n === name).length]))
}

it('an idle hour of a hundred connections and configs writes nothing, and asks the API server and forges only what it must', async () => {
  const timers = new FakeTimers()
  const clock = { now: () => epoch + timers.now() }
  const kube = new FakeKube({ now: clock.now })
  const forge = new IdleForge()
  forge.refs.set('refs/heads/main', 'a'.repeat(40))
  await fill(kube)
  const lines: string[] = []
  const note = (_: object, message: string) => void lines.push(message)
  const log = { info: note, warn: note, error: note }
  const openForge = async () => forge
  const shared = { client: kube, clock, timers, log }
  const side = {
    openForge,
    intake: createIntake({ ...shared, openForge }),
    deliveries: createDeliveryLog({ ...shared, component: 'c8s-controller' }),
  }
  const settings = { externalURL: 'https://c8s.test', pollIntervalMs: 5 * minuteMs }
  const parts = [(inputs: PartInputs) => composeForgeParts({ inputs, side, settings, wallClock: clock })]
  const controller = createController({ api: kube, clock, timers, settings: defaultSettings, log, parts })
  controller.start()
  controller.lead()
  await timers.advance(30 * minuteMs)
  const before = { requests: kube.requests.length, lists: forge.lists }
  await timers.advance(60 * minuteMs)
  const asked = tally(kube.requests.slice(before.requests))
  expect(Object.keys(asked).filter((name) => !/^(list|watch|read) /.test(name))).toEqual([])
  // Each connection's Secret by the controller and by whoever looks after webhooks, every five minutes.
  expect(asked['read secrets']).toBeLessThanOrEqual(count * 2 * 12)
  // Every four to five minutes; five watches of Events, eight of others.
  const lists = Object.entries(asked).flatMap(([name, often]) => (name.startsWith('list ') ? [often] : []))
  expect(lists.reduce((sum, often) => sum + often, 0)).toBeLessThanOrEqual(13 * 15)
  expect(forge.lists - before.lists).toBeLessThanOrEqual(count * 12)
  expect(forge.webhooks).toBe(count)
  expect(lines).toEqual([])
})
