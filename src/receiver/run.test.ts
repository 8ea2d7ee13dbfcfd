import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import type { RepositoryConnectionSpec } from '../../crds/repository-connection.ts'
import { aConnection } from '../../test/helpers/admission-objects.ts'
import { FakeKube, type FakeKubeOptions } from '../../test/helpers/fake-kube.ts'
import {
  aCommit,
  type GitHubDelivery,
  type Reply,
  renderDelivery,
  renderPush,
  type Sent,
  send,
  sign,
  started,
  startReceiver,
  type TestReceiver,
  type TestReceiverOptions,
} from '../../test/helpers/receiver.ts'
import type { Outcome } from '../forge/part.ts'
import { KubeError } from '../kube/kube-error.ts'
import { systemTimers, type Timers } from '../kube/timers.ts'
import type { ForgeEvent } from '../lib/forge-event.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'

const repository = 'https://git.test/team/app'
const [secretA, secretB] = ['hush-a-4711', 'hush-b-0815']
const zipped = gzipSync('{}')
const encode = (text: string) => Buffer.from(text).toString('base64')
const aHook = (namespace: string, values: Readonly<Record<string, string>>): KubeObject => {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, encode(value)]))
  const secret = { metadata: { name: 'hook', namespace }, data }
  return secret
}
const connectionIn = (namespace: string, spec: Partial<RepositoryConnectionSpec> = {}) =>
  aConnection({ repository, provider: 'github', webhookSecretRef: 'hook', ...spec }, { namespace })

const receivers: TestReceiver[] = []
afterEach(async () => {
  await Promise.all(receivers.splice(0).map(({ running }) => running.stop()))
})

/** Two connections of one repository, each with a secret of its own. */
async function start(options: Partial<TestReceiverOptions> = {}, kubeOptions: FakeKubeOptions = {}) {
  const kube = new FakeKube(kubeOptions)
  for (const [namespace, value] of [
    ['team-a', secretA],
    ['team-b', secretB],
  ] as const) {
    await kube.create(resourceTypes.secret, aHook(namespace, { 'webhook-secret': value }))
    await kube.create(resourceTypes.repositoryConnection, connectionIn(namespace))
  }
  const receiver = await startReceiver({ api: kube, ...options })
  receivers.push(receiver)
  const deliver = (delivery: Partial<GitHubDelivery> = {}) =>
    send(receiver.port, renderDelivery({ body: renderPush(repository), secret: secretA, ...delivery }))
  return { kube, deliver, send: (sent: Sent) => send(receiver.port, sent), ...receiver }
}

/** Keeps what it is told, and answers as it is asked to. */
function recordIntake(outcome: Outcome = started) {
  const told: { readonly namespace: string | undefined; readonly event: ForgeEvent }[] = []
  const handle: TestReceiverOptions['handle'] = async ({ metadata }, event) => {
    told.push({ namespace: metadata.namespace, event })
    return outcome
  }
  return { told, handle }
}

const withoutDate = ({ status, headers, text }: Reply) => ({ status, headers: { ...headers, date: '' }, text })

test('a signed push is turned into runs of the connection whose secret signed it', async () => {
  const { told, handle } = recordIntake()
  const { deliver, noted } = await start({ handle })
  const reply = await deliver({ id: 'd-7' })
  expect(reply.status).toBe(200)
  expect(JSON.parse(reply.text)).toEqual({
    verdict: 'Started',
    message: 'a run was started',
    runs: [{ namespace: 'team-a', name: 'app-1' }],
  })
  expect(told).toEqual([
    { namespace: 'team-a', event: expect.objectContaining({ kind: 'push', commit: aCommit(1), delivery: 'd-7' }) },
  ])
  expect(noted).toEqual([
    expect.objectContaining({
      connection: 'team-a/forge',
      id: 'd-7',
      event: 'push',
      verdict: 'Started',
      runs: ['app-1'],
    }),
  ])
  await deliver({ secret: secretB })
  expect(told.map(({ namespace }) => namespace)).toEqual(['team-a', 'team-b'])
})

test('a secret that both have signs for both', async () => {
  const { told, handle } = recordIntake()
  const { kube, deliver } = await start({ handle })
  await kube.replace(resourceTypes.secret, aHook('team-b', { 'webhook-secret': secretA }))
  const { text } = await deliver()
  expect(new Set(told.map(({ namespace }) => namespace))).toEqual(new Set(['team-a', 'team-b']))
  expect((JSON.parse(text) as { runs: unknown[] }).runs).toHaveLength(2)
})

test('whoever cannot sign gets one answer, whatever was wrong, and learns nothing from its time', async () => {
  const { told, handle } = recordIntake()
  const { kube, send } = await start({ handle })
  const lonely = async (name: string, values?: Readonly<Record<string, string>>) => {
    const url = `https://git.test/lonely/${name}`
    if (values !== undefined) await kube.create(resourceTypes.secret, aHook(`lonely-${name}`, values))
    const spec = name === 'none' ? { repository: url, provider: 'github' as const } : { repository: url }
    const connection = connectionIn(`lonely-${name}`, spec)
    if (name === 'none') delete (connection.spec as { webhookSecretRef?: string }).webhookSecretRef
    await kube.create(resourceTypes.repositoryConnection, connection)
    return url
  }
  const [none, missing] = [await lonely('none'), await lonely('missing')]
  const [empty, other] = [await lonely('empty', { 'webhook-secret': '' }), await lonely('other', { token: 'x' })]
  const body = renderPush(repository)
  const right = sign(body, secretA)
  const signedAs = (signature: string) => renderDelivery({ body, headers: { 'x-hub-signature-256': signature } })
  const cases: readonly Sent[] = [
    renderDelivery({ body }),
    signedAs(sign(body, 'wrong')),
    signedAs(right.slice(0, -1)),
    signedAs(right.slice(0, 20)),
    signedAs(`${right}0`),
    signedAs(''),
    signedAs('sha256='),
    signedAs(right.replace('sha256', 'sha1')),
    renderDelivery({ body: `${body} `, headers: { 'x-hub-signature-256': right } }),
    renderDelivery({ body: renderPush('https://git.test/no/such'), secret: secretA }),
    ...[none, missing, empty, other].map((url) => renderDelivery({ body: renderPush(url), secret: '' })),
    renderDelivery({ body: 'no JSON', secret: 'wrong' }),
    renderDelivery({ body: '', secret: 'wrong' }),
    renderDelivery({ body: '{}', secret: 'wrong', event: 'ping' }),
    { ...renderDelivery({ body, secret: secretA }), path: '/webhooks/gitea' },
  ]
  // One is asked beforehand: what is read for the first time takes longer.
  await send(renderDelivery({ body }))
  const began = performance.now()
  const replies = await Promise.all(cases.map((sent) => send(sent)))
  expect(performance.now() - began).toBeGreaterThanOrEqual(99)
  expect(replies[0]?.status).toBe(401)
  expect(replies[0]?.text).toBe(
    '{"error":"the delivery is not signed with the secret of a connection of this repository"}',
  )
  for (const reply of replies) expect(withoutDate(reply)).toEqual(withoutDate(replies[0] as Reply))
  expect(told).toEqual([])
})

test('a wrong signature is told to the connection once a minute, without any detail', async () => {
  const { deliver, noted, lines } = await start()
  await Promise.all([1, 2, 3].map((n) => deliver({ secret: 'wrong', id: `evil-${n}` })))
  expect(noted.map(({ connection, id, reason }) => `${connection} ${id} ${reason}`).toSorted()).toEqual([
    'team-a/forge unsigned SignatureInvalid',
    'team-b/forge unsigned SignatureInvalid',
  ])
  expect(JSON.stringify([noted, lines])).not.toMatch(/evil|hush|sha256=/)
})

test('the previous secret signs too, and a new one at once', async () => {
  const { kube, deliver } = await start()
  expect((await deliver()).status).toBe(200)
  await kube.replace(
    resourceTypes.secret,
    aHook('team-a', { 'webhook-secret': 'new', 'webhook-secret-previous': secretA }),
  )
  expect((await deliver()).status).toBe(200)
  await expect.poll(async () => (await deliver({ secret: 'new' })).status, { timeout: 3000 }).toBe(200)
})

test('who holds the secret of one repository cannot speak for another', async () => {
  const { told, handle } = recordIntake()
  const { kube, deliver } = await start({ handle })
  const other = 'https://git.test/other/lib'
  await kube.create(resourceTypes.secret, aHook('team-c', { 'webhook-secret': 'theirs' }))
  await kube.create(resourceTypes.repositoryConnection, connectionIn('team-c', { repository: other }))
  const body = renderPush(repository, aCommit(1), { note: { clone_url: `${other}.git` } })
  await expect.poll(async () => (await deliver({ body: renderPush(other), secret: 'theirs' })).status).toBe(200)
  expect((await deliver({ body, secret: 'theirs' })).status).toBe(401)
  expect(told.map(({ namespace }) => namespace)).toEqual(['team-c'])
})

test.each<[string, Sent, number]>([
  ['another provider', { path: '/webhooks/sourceforge', body: '{}' }, 404],
  ['a name that objects have', { path: '/webhooks/constructor', body: '{}' }, 404],
  ['another method', { ...renderDelivery({ body: '' }), method: 'GET' }, 405],
  ['another method and type', { path: '/webhooks/github', method: 'PUT' }, 405],
  ['plain text', renderDelivery({ body: 'x', headers: { 'content-type': 'text/plain' } }), 415],
  ['no type', { path: '/webhooks/github', body: '{}' }, 415],
  [
    'a compressed body',
    {
      ...renderDelivery({ body: '', headers: { 'content-encoding': 'gzip', 'content-length': `${zipped.length}` } }),
      body: zipped,
    },
    415,
  ],
  [
    'a length that is too large',
    { ...renderDelivery({ body: '', headers: { 'content-length': '26214401' } }), body: '{' },
    413,
  ],
  ['a path that cannot be decoded', { path: '/webhooks/%ff', body: '{}' }, 404],
  ['another path', { path: '/webhooks', body: '{}' }, 404],
])('%s is turned away', async (...[, sent, status]) => {
  const { send, lines } = await start()
  const reply = await send(sent)
  expect(reply.status).toBe(status)
  expect(reply.headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  expect(reply.headers['x-powered-by']).toBeUndefined()
  expect(reply.headers['allow']).toBe(status === 405 ? 'POST' : undefined)
  expect(`${reply.text}${lines.join()}`).not.toMatch(/node_modules|at .*\.ts/)
})

test('a body that grows too large is cut off, and one of 25 MiB is read', async () => {
  const { deliver, send } = await start()
  const { 'content-length': _, ...headers } = renderDelivery({ body: '' }).headers ?? {}
  const tooMuch = Buffer.alloc(25 * 1024 * 1024 + 1, ' ')
  const chunked = { path: '/webhooks/github', headers: { ...headers, 'transfer-encoding': 'chunked' }, body: tooMuch }
  expect((await send(chunked)).status).toBe(413)
  const push = renderPush(repository)
  const body = push.replace('{', `{${' '.repeat(25 * 1024 * 1024 - Buffer.byteLength(push))}`)
  expect((await deliver({ body })).status).toBe(200)
}, 20_000)

test('a form is read as well', async () => {
  const { deliver } = await start()
  const body = `payload=${encodeURIComponent(renderPush(repository))}`
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  expect((await deliver({ body, headers })).status).toBe(200)
})

test('a ping and an event of no interest are answered and explained, malformed ones refused', async () => {
  const { told, handle } = recordIntake()
  const { deliver, noted } = await start({ handle })
  const about = { repository: { clone_url: `${repository}.git` } }
  const ping = await deliver({ event: 'ping', body: JSON.stringify({ zen: 'x', ...about }) })
  expect([ping.status, JSON.parse(ping.text)]).toMatchObject([200, { verdict: 'Done' }])
  const star = await deliver({ event: 'star', body: JSON.stringify(about) })
  expect([star.status, JSON.parse(star.text)]).toMatchObject([200, { verdict: 'Ignored', runs: [] }])
  const broken = await deliver({ body: JSON.stringify({ ...about, ref: 7 }) })
  expect(broken.status).toBe(400)
  expect((await deliver({ body: 'no JSON' })).status).toBe(400)
  expect((JSON.parse(broken.text) as { error: string }).error).not.toBe('')
  expect(noted.map(({ reason }) => reason)).toEqual(['Ping', 'EventNotUsed', 'Malformed', 'Malformed'])
  expect(told).toEqual([])
})

test('a ping that names no repository is held against the connections of the provider', async () => {
  const { deliver } = await start()
  expect((await deliver({ event: 'ping', body: '{"zen":"x"}', secret: secretB })).status).toBe(200)
  expect((await deliver({ event: 'push', body: '{"ref":"refs/heads/main"}', secret: secretB })).status).not.toBe(200)
})

test.each<[Outcome['verdict'], number | undefined, number, string | undefined]>([
  ['Failed', 2500, 503, '3'],
  ['Failed', undefined, 422, undefined],
  ['Refused', undefined, 200, undefined],
  ['Ignored', undefined, 200, undefined],
])('what came to %s with retry %s is answered with %s', async (...[verdict, retryAfterMs, status, retryAfter]) => {
  const outcome = { ...started, verdict, runs: [], ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  const { deliver, noted } = await start(recordIntake(outcome))
  const reply = await deliver()
  expect([reply.status, reply.headers['retry-after']]).toEqual([status, retryAfter])
  expect(noted).toHaveLength(1)
})

test('an intake that throws is a failure that may pass, and is told without a stack', async () => {
  const handle = async () => {
    throw new Error(`a bug near ${secretA.slice(0, 4)}`)
  }
  const { deliver } = await start({ handle })
  const reply = await deliver()
  expect([reply.status, reply.text.includes('bug')]).toEqual([503, false])
})

test('a repository that sends too much is asked to wait; others are not', async () => {
  const { deliver, noted } = await start({ rate: { perSecond: 0.01, burst: 2 } })
  const replies = [await deliver(), await deliver(), await deliver(), await deliver()]
  expect(replies.map(({ status }) => status)).toEqual([200, 200, 429, 429])
  expect(replies[2]?.headers['retry-after']).toMatch(/^(100|9[0-9])$/)
  expect(noted.map(({ reason }) => reason)).toEqual(['Started', 'Started', 'RateLimited'])
})

test('what one namespace sends for a repository is not counted against another that is connected to it', async () => {
  const { deliver } = await start({ rate: { perSecond: 0.01, burst: 1 } })
  const flood = [await deliver({ secret: secretB }), await deliver({ secret: secretB })]
  expect(flood.map(({ status }) => status)).toEqual([200, 429])
  expect((await deliver({ secret: secretA })).status).toBe(200)
})

test('while the API server is away nobody learns which repositories are known, and all may come again', async () => {
  let isAway = false
  const before = ({ type }: { readonly type: { readonly plural: string } }) => {
    if (isAway && type.plural === 'secrets')
      throw new KubeError('read', { status: 0, reason: 'ConnectionFailed', detail: 'connect ECONNREFUSED' })
  }
  const { deliver } = await start({}, { before })
  isAway = true
  const [known, unknown] = [await deliver(), await deliver({ body: renderPush('https://git.test/no/such') })]
  expect(known.status).toBe(503)
  expect(known.headers['retry-after']).toBe('10')
  expect(withoutDate(unknown)).toEqual(withoutDate(known))
  isAway = false
  expect((await deliver()).status).toBe(200)
})

test('a client that breaks off in the middle of the body harms nobody', async () => {
  const { deliver, port } = await start()
  const socket = connect(port, '127.0.0.1')
  socket.write(
    'POST /webhooks/github HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{',
  )
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.destroy()
  expect((await deliver()).status).toBe(200)
})

test('being stopped, it ends what is under way and sends away what is new', async () => {
  const gate = Promise.withResolvers<Outcome>()
  const reached = Promise.withResolvers<void>()
  const drainMs = 12_345
  const drained = Promise.withResolvers<void>()
  const endDrained = async (end: () => void) => {
    await drained.promise
    end()
  }
  const timers: Timers = {
    ...systemTimers,
    after: (ms, callback) => {
      if (ms !== drainMs) return systemTimers.after(ms, callback)
      void endDrained(callback)
      return () => undefined
    },
  }
  let calls = 0
  const handle = () => {
    calls += 1
    reached.resolve()
    return gate.promise
  }
  const { running, deliver, port } = await start({ handle, drainMs, timers })
  const underWay = deliver()
  await reached.promise
  const stopped = running.stop()
  expect((await send(running.healthPort, { method: 'GET', path: '/readyz' })).status).toBe(503)
  // Kubernetes sends on for a moment: that is taken as before.
  const late = deliver({ id: 'd-2' })
  await expect.poll(() => calls).toBe(2)
  drained.resolve()
  const knock = () =>
    send(port, renderDelivery({ body: '{}' })).then(
      ({ status }) => String(status),
      (error: Error) => error.message,
    )
  await expect.poll(knock).toMatch(/ECONNREFUSED/)
  gate.resolve(started)
  expect((await Promise.all([underWay, late])).map(({ status }) => status)).toEqual([200, 200])
  await stopped
})

test('people find how to see a run, and nothing about what exists', async () => {
  const { send } = await start()
  const get = (path: string) => send({ method: 'GET', path })
  const page = await get('/runs/team-a/app-1')
  expect(page.status).toBe(200)
  expect(page.text).toContain('kubectl get pipelineruns.c8s.dev app-1 -n team-a')
  expect(page.text).toContain('-l c8s.dev/run=app-1')
  expect(page.headers['content-type']).toBe('text/plain; charset=utf-8')
  for (const path of ['/runs/team-a', '/runs/Team/app', '/runs/a/%3Cscript%3E', `/runs/${'a'.repeat(64)}/x`, '/else'])
    expect((await get(path)).status).toBe(404)
  expect((await get('/')).text).toContain('/webhooks/')
})

test('metrics count what came of deliveries', async () => {
  const { deliver, send: toPort, running } = await start()
  await deliver()
  await deliver({ secret: 'wrong' })
  await toPort({ path: '/webhooks/else', body: '{}' })
  const { text } = await send(running.healthPort, { method: 'GET', path: '/metrics' })
  expect(text).toContain('c8s_deliveries_total{provider="github",result="started"} 1')
  expect(text).toContain('c8s_deliveries_total{provider="github",result="unsigned"} 1')
  expect(text).toContain('c8s_deliveries_total{provider="unknown",result="unknownProvider"} 1')
  expect(text).toContain('c8s_delivery_seconds_count{provider="github"} 1')
  expect(text).toContain('c8s_connections 2')
  expect(text).toContain('c8s_delivery_body_bytes 0')
})
