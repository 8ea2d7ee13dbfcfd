import { describe, expect, it } from 'vitest'
import type { RepositoryConnection } from '../../crds/kinds.ts'
import { FakeKube, type FakeRequest } from '../../test/helpers/fake-kube.ts'
import { FakeTimers, settle } from '../../test/helpers/fake-timers.ts'
import { createInformer } from '../kube/informer.ts'
import { KubeError } from '../kube/kube-error.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createConnectionStatus, type ForgeCondition, pickForgeFields } from './status.ts'

const key = { namespace: 'team', name: 'app' }
const type = resourceTypes.repositoryConnection
const head = (commit: string) => ({ ref: 'refs/heads/main', commit })
const registered: ForgeCondition = { type: 'WebhookRegistered', status: 'True', reason: 'Created', message: 'made' }

async function open(before?: (request: FakeRequest) => void) {
  const kube = new FakeKube({ before: (request) => before?.(request) })
  const spec = { repository: 'https://git.example.com/a/b', provider: 'generic' as const }
  const connection = await kube.create<RepositoryConnection>(type, { metadata: key, spec })
  await kube.apply(
    type,
    {
      metadata: key,
      status: { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True' }] },
    } as object as RepositoryConnection,
    { subresource: 'status', fieldManager: 'c8s-controller' },
  )
  const timers = new FakeTimers()
  const connections = createInformer<RepositoryConnection>({ source: kube, type, timers })
  connections.start()
  await connections.whenSynced()
  const warnings: string[] = []
  const log = { info: () => undefined, error: () => undefined, warn: (_: object, text: string) => warnings.push(text) }
  const create = () => createConnectionStatus({ client: kube, connections, timers, log })
  const readStatus = async () => (await kube.get<RepositoryConnection>(type, key))?.status
  const countWrites = () => kube.requests.filter(({ options }) => options?.fieldManager === 'c8s-forge').length
  return { kube, connection, timers, connections, create, readStatus, countWrites, warnings }
}

describe('the status of a connection', () => {
  it('is written once for the changes of a moment, beside what the controller owns', async () => {
    const { connection, timers, create, readStatus, countWrites } = await open()
    const status = create()
    status.update(connection, (fields) => ({ ...fields, heads: [head('a')] }))
    status.update(connection, (fields) => ({ ...fields, webhookURL: 'https://c8s/x', conditions: [registered] }))
    expect(status.read(connection).heads).toEqual([head('a')])
    await timers.advance(0)
    expect(countWrites()).toBe(1)
    expect(await readStatus()).toMatchObject({ observedGeneration: 1, heads: [head('a')], webhookURL: 'https://c8s/x' })
    expect((await readStatus())?.conditions?.map((condition) => condition.type)).toEqual(['Ready', 'WebhookRegistered'])
  })

  it('is written at most once a second, the newest', async () => {
    const { connection, timers, create, readStatus, countWrites } = await open()
    const status = create()
    for (let step = 0; step < 30; step += 1) {
      status.update(connection, () => ({ heads: [head(`${step}`)] }))
      await timers.advance(100)
    }
    await timers.advance(1000)
    expect(countWrites()).toBeLessThanOrEqual(4)
    expect((await readStatus())?.heads).toEqual([head('29')])
  })

  it('loses what a part takes away, and nothing of another part, across a restart', async () => {
    const { connection, timers, create, readStatus } = await open()
    const first = create()
    first.update(connection, () => ({ heads: [head('a')], webhookRegistered: true, conditions: [registered] }))
    await timers.advance(0)
    const second = create()
    second.update(connection, ({ heads = [] }) => ({ heads, webhookURL: 'https://c8s/x' }))
    await timers.advance(0)
    expect(await readStatus()).toEqual({
      observedGeneration: 1,
      heads: [head('a')],
      webhookURL: 'https://c8s/x',
      conditions: [{ type: 'Ready', status: 'True' }],
    })
  })

  it('is not written where nothing changed', async () => {
    const { connection, timers, create, countWrites } = await open()
    create().update(connection, (fields) => ({ ...fields }))
    await timers.advance(5000)
    expect(countWrites()).toBe(0)
  })

  it('is tried again when the API server is away, and told once', async () => {
    let isAway = true
    const { connection, timers, create, readStatus, warnings } = await open(({ options }) => {
      if (isAway && options?.fieldManager === 'c8s-forge')
        throw new KubeError('apply', { status: 0, reason: 'ConnectionFailed', detail: 'away' })
    })
    const status = create()
    status.update(connection, () => ({ heads: [head('a')] }))
    await timers.advance(0)
    expect(warnings).toEqual(['status of a connection was not written'])
    isAway = false
    await timers.advance(10_000)
    expect((await readStatus())?.heads).toEqual([head('a')])
  })

  it('is dropped with its connection, and not given to one that has its name now', async () => {
    const { kube, connection, timers, create, readStatus } = await open()
    const status = create()
    await kube.remove(type, key)
    await kube.create(type, { metadata: key, spec: connection.spec })
    status.update(connection, () => ({ heads: [head('a')] }))
    await timers.advance(60_000)
    await settle()
    expect(await readStatus()).toBeUndefined()
  })

  it('is given up where a part still works for a connection that is gone, or has another behind its name', async () => {
    for (const isMadeAnew of [false, true]) {
      const { kube, connection, timers, connections, create, countWrites, warnings } = await open()
      const status = create()
      status.update(connection, () => ({ heads: [head('a')] }))
      await timers.advance(0)
      await kube.remove(type, key)
      if (isMadeAnew) await kube.create(type, { metadata: key, spec: connection.spec })
      await settle()
      expect(connections.get(key)?.metadata.uid).not.toBe(connection.metadata.uid)
      status.update(connection, () => ({ heads: [head('b')] }))
      await timers.advance(600_000)
      expect(countWrites()).toBe(1)
      expect(warnings).toEqual([])
    }
  })

  it('is written at the end, without waiting for the second to be over', async () => {
    const { connection, timers, create, readStatus } = await open()
    const status = create()
    status.update(connection, () => ({ heads: [head('a')] }))
    await timers.advance(0)
    status.update(connection, () => ({ heads: [head('b')] }))
    await status.drain()
    expect((await readStatus())?.heads).toEqual([head('b')])
  })
})

describe('pickForgeFields', () => {
  it('takes only what is the forge side’s', () => {
    const conditions = [{ type: 'Ready', status: 'True' as const }, registered]
    expect(pickForgeFields({ observedGeneration: 3, heads: [head('a')], conditions })).toEqual({
      heads: [head('a')],
      conditions: [registered],
    })
    expect(pickForgeFields(undefined)).toEqual({})
  })
})
