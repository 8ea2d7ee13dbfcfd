import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FakeKube, type FakeRequest } from '../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { fenceClient } from './fence.ts'
import { KubeError } from './kube-error.ts'
import { createElection, type Election } from './lease.ts'
import { decideMove, type Lease } from './lease-state.ts'
import type { KubeClient } from './ports.ts'

const { lease, job } = resourceTypes
const key = { namespace: 'c8s-system', name: 'c8s-controller' }

type Network = 'whole' | 'cut' | 'replies lost'

interface Candidate {
  readonly election: Election
  readonly told: string[]
  network: Network
}

const lost = new KubeError('write', { status: 0, reason: 'Timeout', detail: 'no answer' })

/** The client, as seen through a network that loses requests or replies. */
function throughNetwork(kube: FakeKube, network: () => Network): KubeClient {
  const pass = async <T>(call: () => Promise<T>): Promise<T> => {
    if (network() === 'cut') {
      throw lost
    }
    const result = await call()
    if (network() === 'replies lost') {
      throw lost
    }
    return result
  }
  return {
    get: (...given) => pass(() => kube.get(...given)),
    getMetadata: (...given) => pass(() => kube.getMetadata(...given)),
    list: (...given) => pass(() => kube.list(...given)),
    create: (...given) => pass(() => kube.create(...given)),
    replace: (...given) => pass(() => kube.replace(...given)),
    patch: (...given) => pass(() => kube.patch(...given)),
    apply: (...given) => pass(() => kube.apply(...given)),
    remove: (...given) => pass(() => kube.remove(...given)),
  }
}

function startCandidate(kube: FakeKube, timers: FakeTimers, ...[identity, skewMs]: [string, number]): Candidate {
  const told: string[] = []
  const state: { network: Network } = { network: 'whole' }
  const election = createElection({
    client: throughNetwork(kube, () => state.network),
    key,
    identity,
    timers,
    clock: { now: () => Date.parse('2026-11-21T00:00:00Z') + timers.now() + skewMs },
    onStarted: () => told.push('started'),
    onLost: (reason) => told.push(`lost: ${reason}`),
  })
  election.start()
  return Object.assign(state, { election, told })
}

function isWrite({ verb }: FakeRequest): boolean {
  return verb !== 'read'
}

describe('an election', () => {
  it('has one leader, which renews, while the other waits', async () => {
    const kube = new FakeKube()
    const timers = new FakeTimers()
    const [a, b] = [startCandidate(kube, timers, 'a', 0), startCandidate(kube, timers, 'b', 300_000)]
    await timers.advance(60_000)
    expect(a.told).toEqual(['started'])
    expect(b.told).toEqual([])
    expect([a.election.isLeading(), b.election.isLeading()]).toEqual([true, false])
    const held = await kube.get<Lease>(lease, key)
    expect(held?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 })
    expect(held?.spec?.acquireTime).toBe('2026-11-21T00:00:00.000000Z')
  })

  it('fails over within 20 s of the death of the leader, and never earlier than the lease says', async () => {
    const kube = new FakeKube()
    const timers = new FakeTimers()
    const [a, b] = [startCandidate(kube, timers, 'a', 0), startCandidate(kube, timers, 'b', -300_000)]
    await timers.advance(30_000)
    a.network = 'cut'
    await timers.advance(12_000)
    expect(a.told).toEqual(['started', 'lost: no renewal succeeded within 10000 ms'])
    expect(b.told).toEqual([])
    await timers.advance(8000)
    expect(b.told).toEqual(['started'])
    expect((await kube.get<Lease>(lease, key))?.spec?.leaseTransitions).toBe(1)
  })

  it('hands over at once when the leader gives the lease back', async () => {
    const kube = new FakeKube()
    const timers = new FakeTimers()
    const [a, b] = [startCandidate(kube, timers, 'a', 0), startCandidate(kube, timers, 'b', 0)]
    await timers.advance(10_000)
    const stopped = a.election.stop()
    await timers.advance(2500)
    await stopped
    expect(a.told).toEqual(['started'])
    expect(b.told).toEqual(['started'])
  })

  it('does not lead any more in the first moment after it was frozen', async () => {
    const kube = new FakeKube()
    const timers = new FakeTimers()
    const { election } = startCandidate(kube, timers, 'a', 0)
    const fenced = fenceClient(kube, () => election.isLeading())
    await timers.advance(5000)
    await fenced.create(job, { metadata: { namespace: 'team-a', name: 'first' } })
    timers.freeze(30_000)
    const write = fenced.create(job, { metadata: { namespace: 'team-a', name: 'second' } })
    await expect(write).rejects.toMatchObject({ reason: 'NotLeading' })
    expect(await fenced.get(job, { namespace: 'team-a', name: 'first' })).toBeDefined()
    await timers.advance(0)
    expect(election.isLeading()).toBe(false)
  })

  it('ends when somebody else is found to hold the lease', async () => {
    const kube = new FakeKube()
    const timers = new FakeTimers()
    const a = startCandidate(kube, timers, 'a', 0)
    await timers.advance(5000)
    await kube.patch(lease, key, { spec: { holderIdentity: 'by-hand' } })
    await timers.advance(3000)
    expect(a.told).toEqual(['started', 'lost: the lease is held by "by-hand"'])
    const writes = kube.requests.filter(isWrite).length
    await timers.advance(60_000)
    expect(kube.requests.filter(isWrite)).toHaveLength(writes)
  })

  it('never has two leaders, whatever the network does', async () => {
    const networks = fc.constantFrom<Network>('whole', 'whole', 'cut', 'replies lost')
    const weather = fc.record({ a: networks, b: networks, lasts: fc.integer({ min: 100, max: 20_000 }) })
    const script = fc.record({
      seeds: fc.array(fc.nat(99), { minLength: 1 }),
      weathers: fc.array(weather, { minLength: 5 }),
    })
    await fc.assert(
      fc.asyncProperty(script, async ({ seeds, weathers }) => {
        const kube = new FakeKube()
        let draws = 0
        const timers = new FakeTimers(() => (seeds[(draws += 1) % seeds.length] ?? 0) / 100)
        const [a, b] = [startCandidate(kube, timers, 'a', 3_600_000), startCandidate(kube, timers, 'b', 0)]
        for (const { a: networkA, b: networkB, lasts } of weathers) {
          a.network = networkA
          b.network = networkB
          for (let passed = 0; passed < lasts; passed += 500) {
            await timers.advance(500)
            expect(a.election.isLeading() && b.election.isLeading()).toBe(false)
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('decideMove', () => {
  const held = (holderIdentity: string, leaseDurationSeconds = 15): Lease => ({
    metadata: { ...key, resourceVersion: '7' },
    spec: { holderIdentity, leaseDurationSeconds, renewTime: '1999-01-01T00:00:00.000000Z' },
  })
  const seen = (at: number) => ({ resourceVersion: '7', at })
  it.each([
    { name: 'no lease', lease: undefined, observation: undefined, kind: 'create' },
    { name: 'our own', lease: held('me'), observation: seen(0), kind: 'renew' },
    { name: 'given back', lease: held(''), observation: seen(100_000), kind: 'take' },
    { name: 'just seen, however old its own time', lease: held('other'), observation: seen(100_000), kind: 'wait' },
    { name: 'unchanged for the lease', lease: held('other'), observation: seen(85_000), kind: 'wait' },
    { name: 'unchanged for longer', lease: held('other'), observation: seen(84_999), kind: 'take' },
    { name: 'longer, but its own is longer', lease: held('other', 60), observation: seen(84_999), kind: 'wait' },
  ])('$name: $kind', ({ lease, observation, kind }) => {
    expect(decideMove({ lease, observation, identity: 'me', now: 100_000, leaseMs: 15_000 }).kind).toBe(kind)
  })
})
