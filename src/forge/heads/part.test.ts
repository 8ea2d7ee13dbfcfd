import { afterEach, describe, expect, it } from 'vitest'
import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { Delivery } from '../../../crds/repository-connection.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import { createPartDeps } from '../../../test/helpers/forge-part.ts'
import { ListingForge } from '../../../test/helpers/listing-forge.ts'
import type { ForgeEvent } from '../../lib/forge-event.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { ForgeError } from '../forge.ts'
import type { Outcome } from '../part.ts'
import { createHeadsPart } from './part.ts'

const type = resourceTypes.repositoryConnection
const key = { namespace: 'team', name: 'app' }
const commit = (digit: string) => digit.repeat(40)

const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

async function start(kube: FakeKube, forge: ListingForge, answer: (event: ForgeEvent) => Outcome) {
  const timers = new FakeTimers()
  const events: ForgeEvent[] = []
  const rows: Delivery[] = []
  const started = await createPartDeps({
    kube,
    timers,
    openForge: async () => forge,
    intake: {
      handle: async (_, event) => {
        events.push(event)
        return answer(event)
      },
    },
    deliveries: { note: (_, row) => void rows.push(row), drain: async () => undefined },
  })
  const part = createHeadsPart(started.deps)
  part.start()
  const stop = async () => {
    await part.stop()
    await started.stop()
  }
  stops.push(stop)
  return { timers, events, rows, stop, lines: started.lines }
}

const aConnection = (spec: Partial<RepositoryConnection['spec']> = {}): RepositoryConnection => ({
  metadata: key,
  spec: { repository: 'https://git.test/team/app', provider: 'gitea', webhookSecretRef: 'hook', ...spec },
})
const readStatus = async (kube: FakeKube) => (await kube.get<RepositoryConnection>(type, key))?.status
const startedRun = (): Outcome => ({ verdict: 'Started', reason: 'Started', message: 'started app', runs: ['app-1'] })
const describeEvent = (event: ForgeEvent) =>
  event.kind === 'push' ? `${event.ref.name} ${event.commit[0]}` : `${event.kind} ${event.delivery}`
const minutes = 60_000

describe('the heads part', () => {
  it('starts nothing for what was there before, then finds what no delivery told of', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    forge.refs.set('refs/heads/main', commit('a'))
    await kube.create(type, aConnection())
    const { timers, events, rows } = await start(kube, forge, startedRun)
    await timers.advance(minutes)
    expect(events).toEqual([])
    expect(await readStatus(kube)).toMatchObject({
      heads: [{ ref: 'refs/heads/main', commit: commit('a') }],
      headsOf: 'git.test/team/app',
      conditions: [{ type: 'HeadsListed', status: 'True', reason: 'Listed' }],
    })
    forge.refs.set('refs/heads/main', commit('b'))
    forge.messages.set(commit('b'), 'Fix it')
    await timers.advance(6 * minutes)
    expect(events).toMatchObject([{ kind: 'push', commit: commit('b'), before: commit('a'), message: 'Fix it' }])
    expect(rows).toMatchObject([{ id: 'head:refs/heads/main', event: 'head', verdict: 'Started', runs: ['app-1'] }])
    await timers.advance(60 * minutes)
    expect(events).toHaveLength(1)
    expect((await readStatus(kube))?.heads).toEqual([{ ref: 'refs/heads/main', commit: commit('b') }])
  })

  it('goes on after a restart with what was recorded', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    forge.refs.set('refs/heads/main', commit('a'))
    await kube.create(type, aConnection())
    const first = await start(kube, forge, startedRun)
    await first.timers.advance(minutes)
    await first.stop()
    forge.refs.set('refs/heads/main', commit('b'))
    const second = await start(kube, forge, startedRun)
    await second.timers.advance(minutes)
    expect(second.events.map(describeEvent)).toEqual(['main b'])
    await second.stop()
    const third = await start(kube, forge, startedRun)
    await third.timers.advance(20 * minutes)
    expect(third.events).toEqual([])
  })

  it('tries again what failed for now, soon, and not what failed for good', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    await kube.create(type, aConnection())
    let outcome: Outcome = { ...startedRun(), verdict: 'Failed', reason: 'ForgeUnavailable', retryAfterMs: 1000 }
    const { timers, events, rows } = await start(kube, forge, () => outcome)
    await timers.advance(minutes)
    forge.refs.set('refs/heads/main', commit('a'))
    await timers.advance(7 * minutes)
    expect(events.length).toBeGreaterThan(3)
    expect((await readStatus(kube))?.heads).toEqual([])
    outcome = { verdict: 'Failed', reason: 'Internal', message: 'x', runs: [] }
    await timers.advance(7 * minutes)
    const tries = events.length
    expect((await readStatus(kube))?.heads).toHaveLength(1)
    await timers.advance(60 * minutes)
    expect(events).toHaveLength(tries)
    expect(rows.every(({ verdict }) => verdict === 'Failed')).toBe(true)
  })

  it('follows pull requests, and forgets what is closed or gone', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    const pull = { number: 7, title: 't', isFork: true, branch: 'b', targetBranch: 'main' }
    forge.refs.set('refs/heads/main', commit('a'))
    await kube.create(type, aConnection())
    const { timers, events } = await start(kube, forge, startedRun)
    await timers.advance(minutes)
    forge.pullRequests = [{ ...pull, commit: commit('c') }]
    await timers.advance(6 * minutes)
    forge.pullRequests = [{ ...pull, commit: commit('d') }]
    await timers.advance(6 * minutes)
    expect(events).toMatchObject([
      { kind: 'pullRequest', action: 'opened', delivery: 'head:pull/7', pullRequest: { commit: commit('c') } },
      { kind: 'pullRequest', action: 'updated', pullRequest: { commit: commit('d') } },
    ])
    forge.pullRequests = undefined
    forge.refs.clear()
    await timers.advance(6 * minutes)
    expect((await readStatus(kube))?.heads).toEqual([])
    expect(events).toHaveLength(2)
  })

  it('waits for a message that the forge cannot tell now, and not for one it never tells', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    await kube.create(type, aConnection())
    const { timers, events } = await start(kube, forge, startedRun)
    await timers.advance(minutes)
    forge.refs.set('refs/heads/main', commit('a'))
    forge.messages.set(commit('a'), 'Fix it [skip ci]')
    forge.messageFault = new ForgeError('rateLimited', 'git.test asks to wait', 10_000)
    await timers.advance(6 * minutes)
    expect(events).toEqual([])
    forge.messageFault = undefined
    await timers.advance(6 * minutes)
    expect(events).toMatchObject([{ message: 'Fix it [skip ci]' }])
    forge.messageFault = new ForgeError('notFound', 'there is no such commit')
    forge.refs.set('refs/heads/main', commit('b'))
    await timers.advance(6 * minutes)
    expect(events.map(describeEvent)).toEqual(['main a', 'main b'])
  })

  it('tells in the deliveries only what they do not tell already', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    await kube.create(type, aConnection())
    const reasons: Outcome[] = [
      { ...startedRun(), reason: 'AlreadyStarted' },
      { verdict: 'Ignored', reason: 'NoPipeline', message: 'x', runs: [] },
      { verdict: 'Refused', reason: 'ConfigInvalid', message: 'x', runs: [] },
      startedRun(),
    ]
    const { timers, rows } = await start(kube, forge, () => reasons.shift() ?? startedRun())
    await timers.advance(minutes)
    for (const name of ['a', 'b', 'c', 'd']) forge.refs.set(`refs/heads/${name}`, commit('a'))
    await timers.advance(6 * minutes)
    expect(rows.map(({ id }) => id)).toEqual(['head:refs/heads/d'])
  })

  it('tells nothing that a delivery of the same commit told', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    await kube.create(type, aConnection())
    const invalid: Outcome = { verdict: 'Started', reason: 'ConfigInvalid', message: 'x', runs: ['app-1'] }
    const told = { ...invalid, id: 'delivery-1', event: 'push', time: '2026-01-01T00:00:00Z', runs: [] }
    const deliveries = [{ ...told, commit: commit('a') }]
    const status = { metadata: key, status: { deliveries } } as object as RepositoryConnection
    await kube.apply(type, status, { subresource: 'status', fieldManager: 'c8s-forge' })
    const { timers, rows } = await start(kube, forge, () => invalid)
    await timers.advance(minutes)
    forge.refs.set('refs/heads/a', commit('a'))
    forge.refs.set('refs/heads/b', commit('b'))
    await timers.advance(6 * minutes)
    expect(rows.map(({ id, reason }) => [id, reason])).toEqual([['head:refs/heads/b', 'ConfigInvalid']])
  })

  it('begins anew when the connection is pointed elsewhere', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    forge.refs.set('refs/heads/main', commit('a'))
    await kube.create(type, aConnection())
    const { timers, events } = await start(kube, forge, startedRun)
    await timers.advance(minutes)
    forge.refs.set('refs/heads/main', commit('b'))
    await kube.patch(type, key, { spec: { repository: 'https://git.test/team/other' } })
    await timers.advance(minutes)
    expect(events).toEqual([])
    expect(await readStatus(kube)).toMatchObject({
      headsOf: 'git.test/team/other',
      heads: [{ ref: 'refs/heads/main', commit: commit('b') }],
    })
  })

  it('never looks where it is told not to, and begins when it may', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    await kube.create(type, aConnection({ pollInterval: '0s' }))
    const { timers } = await start(kube, forge, startedRun)
    await timers.advance(60 * minutes)
    expect(forge.lists).toBe(0)
    await kube.patch(type, key, { spec: { pollInterval: '10s' } })
    await timers.advance(minutes)
    expect(forge.lists).toBeGreaterThan(4)
    await kube.patch(type, key, { spec: { pollInterval: '0s' } })
    await timers.advance(minutes)
    const { lists } = forge
    await timers.advance(60 * minutes)
    expect(forge.lists).toBe(lists)
    expect((await readStatus(kube))?.conditions).toBeUndefined()
  })

  it('says when the forge cannot be asked, and recovers', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    forge.refs.set('refs/heads/main', commit('a'))
    await kube.create(type, aConnection())
    const { timers, events } = await start(kube, forge, startedRun)
    await timers.advance(minutes)
    forge.fault = new ForgeError('forbidden', 'git.test does not accept the credential')
    await timers.advance(60 * minutes)
    expect((await readStatus(kube))?.conditions).toMatchObject([
      { status: 'False', reason: 'ForgeForbidden', message: 'git.test does not accept the credential' },
    ])
    forge.refs.set('refs/heads/main', commit('b'))
    forge.fault = undefined
    await timers.advance(30 * minutes)
    expect((await readStatus(kube))?.conditions).toMatchObject([{ status: 'True' }])
    expect(events.map(describeEvent)).toEqual(['main b'])
  })

  it('ends between two moves', async () => {
    const kube = new FakeKube()
    const forge = new ListingForge()
    await kube.create(type, aConnection())
    const { timers, events, stop } = await start(kube, forge, (event) => {
      if (event.delivery.endsWith('/a')) void stop()
      return startedRun()
    })
    await timers.advance(minutes)
    forge.refs.set('refs/heads/a', commit('a'))
    forge.refs.set('refs/heads/b', commit('a'))
    await timers.advance(6 * minutes)
    expect(events.map(describeEvent)).toEqual(['a a'])
    expect((await readStatus(kube))?.heads).toEqual([{ ref: 'refs/heads/a', commit: commit('a') }])
  })
})
