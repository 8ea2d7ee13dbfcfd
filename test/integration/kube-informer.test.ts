import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { createConnection, type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { createEventWriter } from '../../src/kube/events.ts'
import { isInCluster } from '../../src/kube/in-cluster.ts'
import { createInformer, type Informer } from '../../src/kube/informer.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemTimers, type Timers } from '../../src/kube/timers.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { FaultyProxy } from '../helpers/faulty-proxy.ts'

const { namespace: namespaces, secret, event } = resourceTypes
let direct: KubeConnection
let api: KubeApi
let namespace: string
let proxy: FaultyProxy
let proxied: KubeConnection

beforeAll(async () => {
  direct = await openConnection(process.env)
  api = createKubeClient(direct)
  const made = await api.create<KubeObject>(namespaces, { metadata: { generateName: 'c8s-informer-' } })
  namespace = made.metadata.name ?? ''
  const { hostname, port } = direct.server
  proxy = await FaultyProxy.start({ host: hostname, port: Number(port) })
  const source = loadKubeconfig(process.env)
  proxied = createConnection({
    ...source,
    server: new URL(`https://127.0.0.1:${proxy.port}`),
    read: async (anew) => {
      const access = await source.read(anew)
      return { ...access, tls: { ...access.tls, servername: 'kubernetes' } }
    },
  })
})
afterAll(async () => {
  proxy.stop()
  await api.remove(namespaces, { name: namespace })
  proxied.close()
  direct.close()
})

let serial = 0
async function createSecret(): Promise<string> {
  const name = `seen-${(serial += 1)}`
  await api.create<KubeObject>(secret, { metadata: { namespace, name } })
  return name
}

/** `timeoutMs`, by the timers that are given, is each list's. */
async function startInformer(timers = systemTimers, timeoutMs = 3000): Promise<Informer<KubeObject>> {
  const source = createKubeClient(proxied, { timers, timeoutMs })
  const informer = createInformer({ source, type: secret, select: { namespace }, timers })
  informer.start()
  await informer.whenSynced()
  return informer
}

async function measureUntilSeen(informer: Informer<KubeObject>, name: string, timeout: number): Promise<number> {
  const startedAt = performance.now()
  await expect.poll(() => informer.get({ namespace, name }) !== undefined, { timeout, interval: 5 }).toBe(true)
  return performance.now() - startedAt
}

/** Until something is seen without a list: a watch is open then. */
async function waitUntilWatching(informer: Informer<KubeObject>): Promise<void> {
  const isSeenWithoutList = async () => {
    const { relists } = informer.counters
    await measureUntilSeen(informer, await createSecret(), 10_000)
    return informer.counters.relists === relists
  }
  await expect.poll(isSeenWithoutList, { timeout: 30_000 }).toBe(true)
}

describe('an informer on a real API server', () => {
  it('hears of changes at once', async () => {
    const informer = await startInformer()
    const waits: number[] = []
    for (let index = 0; index < 20; index += 1) {
      waits.push(await measureUntilSeen(informer, await createSecret(), 10_000))
    }
    // No measure of a busy machine: the next list is minutes away.
    expect(waits.toSorted((a, b) => a - b)[10]).toBeLessThan(1000)
    await informer.stop()
  })

  it('is caught up within 5 s of a cut, also with what was removed meanwhile', async () => {
    const informer = await startInformer()
    const gone = await createSecret()
    await measureUntilSeen(informer, gone, 10_000)
    proxy.cut()
    await api.remove(secret, { namespace, name: gone })
    const name = await createSecret()
    expect(await measureUntilSeen(informer, name, 5000)).toBeLessThan(5000)
    await expect.poll(() => informer.get({ namespace, name: gone }), { timeout: 5000 }).toBeUndefined()
    expect(informer.counters.restarts).toBeGreaterThan(0)
    await informer.stop()
  })

  it('is caught up within 10 s of the end of an outage', async () => {
    const informer = await startInformer()
    proxy.refuse(true)
    const name = await createSecret()
    await new Promise((resolve) => setTimeout(resolve, 8000))
    expect(informer.get({ namespace, name })).toBeUndefined()
    proxy.refuse(false)
    expect(await measureUntilSeen(informer, name, 10_000)).toBeLessThan(10_000)
    await informer.stop()
  })

  it('notices a connection that is silently dead', async () => {
    // Time runs 30 times as fast for the informer: 90 s are 3 s.
    const timers: Timers = {
      now: () => performance.now() * 30,
      random: () => Math.random(),
      after: (milliseconds, callback) => systemTimers.after(milliseconds / 30, callback),
    }
    const informer = await startInformer(timers, 90_000)
    await waitUntilWatching(informer)
    const silentSince = performance.now()
    proxy.swallow()
    await measureUntilSeen(informer, await createSecret(), 20_000)
    // A watch that is never opened would be given up after half a second.
    expect(performance.now() - silentSince).toBeGreaterThan(1500)
    expect(informer.counters.restarts).toBeGreaterThan(0)
    await informer.stop()
  })
})

it('writes Events that a real API server takes, and counts them', async () => {
  const faults: unknown[] = []
  const clock = { now: () => Date.now() }
  const writer = createEventWriter({
    client: api,
    clock,
    component: 'c8s-test',
    onFault: (error) => faults.push(error),
  })
  const name = await createSecret()
  const about = await api.get(secret, { namespace, name })
  for (let times = 0; times < 3; times += 1) {
    await writer.write({ about: about ?? { metadata: {} }, type: 'Normal', reason: 'Tested', message: 'a note' })
  }
  expect(faults).toEqual([])
  const { items } = await api.list(event, { namespace, fieldSelector: 'reason=Tested' })
  expect(items).toMatchObject([{ count: 3, involvedObject: { kind: 'Secret', name } }])
})

it('knows that this test runs outside a pod', () => {
  expect(isInCluster({})).toBe(false)
})
