import { request as httpRequest } from 'node:http'
import { Agent, request } from 'node:https'
import { connect } from 'node:tls'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { createAuthority, createLeaf, generateKeys, type KeyPair } from '../certs/pki.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { renderReview, someSettings } from '../test/helpers/admission.ts'
import { aConfig } from '../test/helpers/admission-objects.ts'
import { FakeKube } from '../test/helpers/fake-kube.ts'
import { maxBodyBytes } from './app.ts'
import { type RunningAdmission, runAdmission } from './role.ts'
import type { ServingCertificate } from './server.ts'

const review = JSON.stringify(renderReview({ type: resourceTypes.pipelineConfig, object: aConfig() }))
const json = { 'content-type': 'application/json' }

let keys: KeyPair
let ca: ServingCertificate
let serial = 0
const running: RunningAdmission[] = []

beforeAll(async () => {
  keys = await generateKeys()
  ca = createAuthority({ keys, ...nextValidity() })
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((role) => role.stop()))
})

function nextValidity() {
  serial += 1
  const now = Date.now()
  return {
    serial: Uint8Array.of(1, ...Array.from({ length: 14 }, () => 0), serial),
    notBefore: now - 60_000,
    notAfter: now + 3_600_000,
  }
}

const issueLeaf = () => createLeaf(ca, { keys, ...nextValidity(), dnsNames: ['localhost'] })

async function start(kube = new FakeKube(), drainMs = 0) {
  const listeners: ((leaf: ServingCertificate) => void)[] = []
  let isTrusted = false
  const logged: unknown[] = []
  const role = await runAdmission({
    source: kube,
    certificates: { onLeaf: (listener) => listeners.push(listener), isTrusted: () => isTrusted },
    clock: { now: () => Date.now() },
    log: { info: () => undefined, error: (fields) => logged.push(fields) },
    settings: someSettings,
    webhookPort: 0,
    healthPort: 0,
    drainMs,
  })
  running.push(role)
  return {
    role,
    logged,
    give: (leaf: ServingCertificate) => listeners.forEach((listener) => listener(leaf)),
    trust: () => {
      isTrusted = true
    },
  }
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

interface Call {
  readonly path?: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly agent?: Agent
}

function send(port: number, call: Call = {}): Promise<Reply> {
  const { path = '/validate', method = 'POST', headers = json, body = review, agent } = call
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  const options = {
    host: 'localhost',
    port,
    path,
    method,
    headers,
    ca: ca.cert,
    ...(agent === undefined ? {} : { agent }),
  }
  const outgoing = request(options, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
  })
  outgoing.on('error', reject)
  outgoing.end(body)
  return promise
}

function probe(port: number, path: string): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>()
  httpRequest({ host: 'localhost', port, path }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
  })
    .on('error', reject)
    .end()
  return promise
}

const answerOf = ({ text }: Reply) =>
  (
    JSON.parse(text) as {
      response: { uid: string; allowed: boolean; status?: { code: number }; auditAnnotations?: object }
    }
  ).response

async function startServing(kube?: FakeKube, drainMs?: number) {
  const started = await start(kube, drainMs)
  started.give(issueLeaf())
  started.trust()
  return { ...started, port: await started.role.webhookPort }
}

test('it is alive at once, and ready when it has a certificate that is trusted', async () => {
  const { role, give, trust } = await start()
  expect((await probe(role.healthPort, '/healthz')).status).toBe(200)
  expect(await probe(role.healthPort, '/readyz')).toMatchObject({
    status: 503,
    text: expect.stringContaining('no serving certificate yet'),
  })
  give(issueLeaf())
  await role.webhookPort
  expect(await probe(role.healthPort, '/readyz')).toMatchObject({
    status: 503,
    text: expect.stringContaining('does not trust'),
  })
  trust()
  expect((await probe(role.healthPort, '/readyz')).status).toBe(200)
  expect((await probe(role.healthPort, '/else')).status).toBe(404)
})

test('a review is answered over TLS, with no header that nobody needs', async () => {
  const { port } = await startServing()
  const reply = await send(port)
  expect(reply.status).toBe(200)
  const { auditAnnotations: audit, ...answer } = answerOf(reply)
  expect([answer, audit]).toEqual([{ uid: 'review-1', allowed: true }, { decision: 'allowed' }])
  expect(Object.keys(reply.headers).toSorted()).toEqual([
    'connection',
    'content-length',
    'content-type',
    'date',
    'keep-alive',
  ])
})

test.each<[string, Call, number]>([
  ['another path', { path: '/' }, 404],
  ['another method', { method: 'GET', body: '' }, 404],
  ['another type of content', { headers: { 'content-type': 'text/plain' } }, 415],
  ['no type of content', { headers: {} }, 415],
  ['a compressed body', { headers: { ...json, 'content-encoding': 'gzip' }, body: gzipSync(review) }, 415],
  ['a body that is too large', { body: `"${'x'.repeat(maxBodyBytes)}"` }, 413],
  ['no body', { body: '' }, 400],
  ['no review', { body: '{}' }, 400],
])('%s is refused in the form of a review', async (...[, call, want]) => {
  const { port } = await startServing()
  const reply = await send(port, call)
  expect(reply.status).toBe(want)
  expect(answerOf(reply).allowed).toBe(false)
})

test('a body just below the limit is read', async () => {
  const { port } = await startServing()
  const filler = 'x'.repeat(maxBodyBytes - review.length - 20)
  const reply = await send(port, { body: review.replace('{', `{"filler":"${filler}",`) })
  expect(answerOf(reply).allowed).toBe(true)
})

test('a body that breaks off harms nobody', async () => {
  const { port } = await startServing()
  const socket = connect({ port, host: 'localhost', ca: ca.cert, servername: 'localhost' })
  socket.write(`POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`)
  await new Promise((resolve) => setTimeout(resolve, 20))
  socket.destroy()
  expect((await send(port)).status).toBe(200)
})

test('a new certificate is served to new connections, and open ones go on', async () => {
  const { port, give } = await startServing()
  const kept = new Agent({ keepAlive: true })
  await send(port, { agent: kept })
  const first = await readSerial(port)
  give(issueLeaf())
  await new Promise((resolve) => setImmediate(resolve))
  expect(await readSerial(port)).not.toBe(first)
  expect((await send(port, { agent: kept })).status).toBe(200)
  kept.destroy()
})

function readSerial(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: 'localhost', ca: ca.cert, servername: 'localhost' }, () => {
      resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
      socket.destroy()
    }).on('error', reject)
  })
}

test('while it drains it is not ready, still answers, and sends clients elsewhere', async () => {
  const { role, port } = await startServing(undefined, 2000)
  const stopped = role.stop()
  expect(await probe(role.healthPort, '/readyz')).toMatchObject({ status: 503, text: 'stopping\n' })
  const reply = await send(port)
  expect(reply.status).toBe(200)
  expect(reply.headers['connection']).toBe('close')
  await stopped
  await expect(send(port)).rejects.toThrow()
  running.length = 0
})

test('what is under way when it stops is answered', async () => {
  const kube = new FakeKube()
  const gate = Promise.withResolvers<void>()
  const list = kube.list.bind(kube)
  let lists = 0
  kube.list = async (...args) => {
    lists += 1
    await gate.promise
    return list(...args)
  }
  const { role, port } = await startServing(kube)
  const before = lists
  const reply = send(port)
  await expect.poll(() => lists).toBeGreaterThan(before)
  const stopped = role.stop()
  setTimeout(() => gate.resolve(), 50)
  expect(answerOf(await reply).allowed).toBe(true)
  await stopped
  running.length = 0
})

test('answers, their time and the end of the certificate are counted', async () => {
  const { role, port } = await startServing()
  await send(port)
  const { text } = await probe(role.healthPort, '/metrics')
  expect(text).toContain(
    'c8s_admission_answers_total{webhook="validate",resource="pipelineconfigs.c8s.dev",operation="CREATE",verdict="allowed"} 1',
  )
  expect(text).toMatch(/c8s_admission_duration_seconds_count\{webhook="validate"\} 1/)
  expect(text).toMatch(/c8s_admission_certificate_end_seconds \d{10}/)
})

test('many at once are all answered', async () => {
  const { port } = await startServing()
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  const replies = await Promise.all(Array.from({ length: 200 }, () => send(port, { agent })))
  expect(replies.every((reply) => answerOf(reply).allowed)).toBe(true)
  agent.destroy()
})

test('a fault of ours is an answer, and goes to the log', async () => {
  const kube = new FakeKube({
    before: () => {
      throw new Error('cut off')
    },
  })
  const { port, logged } = await startServing(kube)
  const reply = await send(port)
  expect(reply.status).toBe(200)
  expect(answerOf(reply)).toMatchObject({ uid: 'review-1', allowed: false, status: { code: 500 } })
  expect(logged).toHaveLength(1)
})
