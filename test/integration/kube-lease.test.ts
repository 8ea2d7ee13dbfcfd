import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { createElection } from '../../src/kube/lease.ts'
import type { Lease } from '../../src/kube/lease-state.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const settings = { leaseMs: 6000, renewMs: 4000, retryMs: 300 }
const key = { namespace: 'default', name: `c8s-election-${process.pid}` }
let connection: KubeConnection

beforeAll(async () => {
  connection = await openConnection(process.env)
})
afterAll(async () => {
  await createKubeClient(connection).remove(resourceTypes.lease, key)
  connection.close()
})

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** `told` is all candidates'. */
function startCandidate(identity: string, told: string[]) {
  const client = createKubeClient(connection, { timeoutMs: 1000 })
  const state = { isCut: false }
  const election = createElection({
    client: {
      ...client,
      get: (...given) => (state.isCut ? Promise.reject(new Error('cut')) : client.get(...given)),
    },
    key,
    identity,
    timers: systemTimers,
    clock: { now: () => Date.now() },
    settings,
    onStarted: () => told.push(`${identity} started`),
    onLost: () => told.push(`${identity} lost`),
  })
  election.start()
  return { election, state }
}

it('one leads; when it is cut off it stops before the other starts; the lease is given back at the end', async () => {
  const told: string[] = []
  const a = startCandidate('a', told)
  await expect.poll(() => told, { timeout: 20_000 }).toEqual(['a started'])
  const b = startCandidate('b', told)
  // Longer than a lease: it is renewed.
  await sleep(7000)
  expect(told).toEqual(['a started'])
  a.state.isCut = true
  await expect.poll(() => told, { timeout: 30_000 }).toEqual(['a started', 'a lost', 'b started'])
  await a.election.stop()
  await b.election.stop()
  const lease = await createKubeClient(connection).get<Lease>(resourceTypes.lease, key)
  expect(lease?.spec).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 1 })
  expect(lease?.spec?.holderIdentity ?? '').toBe('')
})
