import { afterAll, beforeAll, expect, it } from 'vitest'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { createElection } from '../../src/kube/lease.ts'
import type { Lease } from '../../src/kube/lease-state.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const settings = { leaseMs: 3000, renewMs: 2000, retryMs: 300 }
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

function startCandidate(identity: string) {
  const client = createKubeClient(connection, { timeoutMs: 1000 })
  const told: string[] = []
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
    onStarted: () => told.push('started'),
    onLost: () => told.push('lost'),
  })
  election.start()
  return { election, told, state }
}

it('one leads; when it is cut off it stops before the other starts; the lease is given back at the end', async () => {
  const a = startCandidate('a')
  await sleep(700)
  const b = startCandidate('b')
  await sleep(4000)
  expect([a.told, b.told]).toEqual([['started'], []])
  a.state.isCut = true
  await sleep(2500)
  expect([a.told, b.told]).toEqual([['started', 'lost'], []])
  await sleep(2500)
  expect(b.told).toEqual(['started'])
  await a.election.stop()
  await b.election.stop()
  const lease = await createKubeClient(connection).get<Lease>(resourceTypes.lease, key)
  expect(lease?.spec).toMatchObject({ leaseTransitions: 1, leaseDurationSeconds: 1 })
  expect(lease?.spec?.holderIdentity ?? '').toBe('')
})
