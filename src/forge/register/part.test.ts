import { afterEach, expect, test } from 'vitest'
import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { RepositoryConnectionSpec } from '../../../crds/repository-connection.ts'
import { aConnection, team } from '../../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { FakeTimers } from '../../../test/helpers/fake-timers.ts'
import { createPartDeps } from '../../../test/helpers/forge-part.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { WantedWebhook } from '../../vcs/calls.ts'
import { type Forge, ForgeError } from '../forge.ts'
import { createRegisterPart } from './part.ts'

const minute = 60_000
const hour = 60 * minute
const refs = { provider: 'gitea', webhookSecretRef: 'hook', authSecretRef: 'auth' } as const

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
})

function aSecret(name: string, values: Readonly<Record<string, string>>, namespace = team): KubeObject {
  const data = Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  const secret = { metadata: { name, namespace }, data: Object.fromEntries(data) as object }
  return secret
}

/** A forge that takes webhooks, or fails as told. */
function openAt(): { asked: WantedWebhook[]; fail: { with?: Error }; openForge: () => Promise<Forge> } {
  const asked: WantedWebhook[] = []
  const fail: { with?: Error } = {}
  const ensureWebhook = async (webhook: WantedWebhook) => {
    asked.push(webhook)
    if (fail.with !== undefined) throw fail.with
    return 'created' as const
  }
  return { asked, fail, openForge: async () => ({ ensureWebhook }) as unknown as Forge }
}

async function startPart(
  objects: readonly { readonly type: keyof typeof resourceTypes; readonly object: KubeObject }[],
) {
  const kube = new FakeKube()
  for (const { type, object } of objects) await kube.create(resourceTypes[type], object)
  const timers = new FakeTimers()
  const forge = openAt()
  const started = await createPartDeps({ kube, timers, openForge: forge.openForge })
  const part = createRegisterPart(started.deps)
  part.start()
  stops.push(async () => {
    await part.stop()
    const stopping = started.stop()
    await timers.advance(hour)
    await stopping
  })
  const readStatus = async (namespace = team) => {
    await timers.advance(2000)
    const key = { namespace, name: 'forge' }
    const found = await kube.get<RepositoryConnection>(resourceTypes.repositoryConnection, key)
    const condition = found?.status?.conditions?.find(({ type }) => type === 'WebhookRegistered')
    return { ...found?.status, condition }
  }
  return { kube, timers, ...forge, readStatus, lines: started.lines }
}

const connect = (spec: Partial<RepositoryConnectionSpec> = refs, metadata: KubeObject['metadata'] = {}) =>
  ({ type: 'repositoryConnection', object: aConnection(spec, metadata) }) as const
const hook = { type: 'secret', object: aSecret('hook', { 'webhook-secret': 'hush' }) } as const
const auth = { type: 'secret', object: aSecret('auth', { token: 'topsecret' }) } as const

test('the webhook is made at start, seen to every six hours, and after a change of a Secret', async () => {
  const { kube, timers, asked, readStatus, lines } = await startPart([hook, auth, connect()])
  expect(await readStatus()).toMatchObject({
    webhookURL: 'https://c8s.test/webhooks/gitea',
    webhookRegistered: true,
    condition: { status: 'True', reason: 'Registered' },
  })
  expect(asked).toEqual([{ url: 'https://c8s.test/webhooks/gitea', secret: 'hush' }])
  await timers.advance(5 * hour)
  expect(asked).toHaveLength(1)
  await timers.advance(2 * hour)
  expect(asked).toHaveLength(2)

  await kube.patch(resourceTypes.secret, { namespace: team, name: 'hook' }, { data: { 'webhook-secret': 'bmV3' } })
  await timers.advance(6 * minute)
  expect(asked[2]).toEqual({ url: 'https://c8s.test/webhooks/gitea', secret: 'new' })
  expect(lines.join()).not.toMatch(/hush|topsecret/)
})

test('while the forge is away it is asked after a minute, then less and less often', async () => {
  const { timers, asked, fail, readStatus } = await startPart([hook, auth, connect()])
  fail.with = new ForgeError('unavailable', 'git.test does not answer')
  expect(await readStatus()).toMatchObject({
    webhookRegistered: false,
    condition: { status: 'False', reason: 'ForgeUnavailable' },
  })
  await timers.advance(2 * minute)
  expect(asked).toHaveLength(2)
  await timers.advance(24 * hour)
  expect(asked.length).toBeGreaterThan(20)
  expect(asked.length).toBeLessThan(40)
  delete fail.with
  await timers.advance(hour)
  expect(await readStatus()).toMatchObject({ webhookRegistered: true, condition: { status: 'True' } })
})

test('a forge that asks to wait is left alone for that long', async () => {
  const { timers, asked, fail } = await startPart([hook, auth, connect()])
  fail.with = new ForgeError('rateLimited', 'git.test asks to wait', 2 * hour)
  await timers.advance(1000)
  expect(asked).toHaveLength(1)
  await timers.advance(hour)
  expect(asked).toHaveLength(1)
})

test('a Secret that is made later is seen soon', async () => {
  const { kube, timers, asked, readStatus } = await startPart([hook, connect()])
  expect(await readStatus()).toMatchObject({ webhookRegistered: false, condition: { reason: 'NoCredential' } })
  await kube.create(resourceTypes.secret, auth.object)
  await timers.advance(30_000)
  expect(asked).toHaveLength(1)
  expect(await readStatus()).toMatchObject({ webhookRegistered: true })
})

test('without Secrets nothing is asked of anybody again', async () => {
  const { kube, timers, readStatus } = await startPart([connect({ provider: 'generic' })])
  expect(await readStatus()).toMatchObject({
    webhookURL: 'https://c8s.test/webhooks/generic',
    condition: { reason: 'Unsupported' },
  })
  const before = kube.requests.filter(({ type }) => type.plural === 'secrets').length
  await timers.advance(hour)
  expect(kube.requests.filter(({ type }) => type.plural === 'secrets')).toHaveLength(before)
})

test('a second connection of the repository gets a webhook of its own, until it is the only one', async () => {
  const [first, second] = [
    connect(refs, { creationTimestamp: '2026-01-01T00:00:00Z' }),
    connect(refs, { namespace: 'team-b' }),
  ]
  const own = ['hook', 'auth'].map((name) => ({
    type: 'secret' as const,
    object: aSecret(name, { 'webhook-secret': 'other', token: 't' }, 'team-b'),
  }))
  const { kube, timers, asked, readStatus } = await startPart([hook, auth, first, ...own, second])
  expect((await readStatus('team-b')).webhookURL).toBe('https://c8s.test/webhooks/gitea?connection=team-b%2Fforge')
  expect(asked.map(({ secret }) => secret).toSorted()).toEqual(['hush', 'other'])
  await kube.remove(resourceTypes.repositoryConnection, { namespace: team, name: 'forge' })
  await timers.advance(1000)
  expect(asked.at(-1)).toEqual({ url: 'https://c8s.test/webhooks/gitea', secret: 'other' })
})
