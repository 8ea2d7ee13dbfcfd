import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createAuthority, createLeaf, generateKeys } from '../../../certs/pki.ts'
import { patientTimers } from '../../../test/helpers/patient-timers.ts'
import { systemTimers, type Timers } from '../../kube/timers.ts'
import { type ForgeCall, tooLarge } from '../../vcs/outgoing/conversation.ts'
import { createForgeHttp, type ForgeAttempt, type ForgeHttpOptions, type HttpTarget } from './client.ts'

/** A second of c8s is 100 ms here. */
const speed = 10
const fast: Timers = {
  now: () => performance.now() * speed,
  random: () => 0.5,
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds / speed)
    return () => clearTimeout(timer)
  },
}
const secrets = ['topsecret']
const call: ForgeCall = { method: 'GET', path: '/repos/org/app', query: { ref: 'a b&c' } }

const closes: (() => void)[] = []
afterEach(() => {
  for (const close of closes.splice(0)) close()
})

function openClient(options: Partial<ForgeHttpOptions> = {}) {
  const attempts: ForgeAttempt[] = []
  const http = createForgeHttp({
    clock: { now: () => 0 },
    timers: fast,
    allowLoopback: true,
    onAttempt: (attempt) => attempts.push(attempt),
    ...options,
  })
  closes.push(() => http.close())
  const send = (base: string, asked: ForgeCall = call, patienceMs = 10_000) => {
    const target: HttpTarget = { base, authorization: 'Bearer topsecret', secrets }
    return http.send(target, asked, fast.now() + patienceMs)
  }
  return { send, attempts, http }
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  closes.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return await listen(server)
}

/** Answers in turn; the last one again and again. */
async function serveInTurn(turns: readonly ((response: ServerResponse) => void)[]) {
  const seen: IncomingMessage[] = []
  const url = await serve((request, response) => {
    seen.push(request)
    turns[Math.min(seen.length, turns.length) - 1]?.(response)
  })
  return { url, seen }
}

const answer =
  (status: number, body: string = '{}', headers: Readonly<Record<string, string>> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers)
    response.end(body)
  }

test('a call goes out exactly so', async () => {
  const { url, seen } = await serveInTurn([answer(200, '{"id": 1}', { 'x-total-count': '7' })])
  const { send, attempts } = openClient()
  const body = { name: 'ä' }
  const headers = { 'x-extra': 'yes' }
  const got = await send(`${url}/api/v1`, { ...call, method: 'PATCH', body, headers })
  expect(got).toMatchObject({ status: 200, body: { id: 1 }, headers: { 'x-total-count': '7' } })
  const [request] = seen
  expect(request?.url).toBe('/api/v1/repos/org/app?ref=a+b%26c')
  expect(request?.method).toBe('PATCH')
  expect(request?.headers).toEqual({
    accept: 'application/json',
    authorization: 'Bearer topsecret',
    connection: 'keep-alive',
    'content-length': '13',
    'content-type': 'application/json',
    host: url.replace('http://', ''),
    'user-agent': 'c8s',
    'x-extra': 'yes',
  })
  expect(attempts).toEqual([{ method: 'PATCH', host: url.slice(7), status: 200, durationMs: expect.any(Number) }])
})

test('connections are kept, and nobody is named without a credential', async () => {
  const { url, seen } = await serveInTurn([answer(200)])
  const { http } = openClient()
  await http.send({ base: url, secrets: [] }, call, fast.now() + 10_000)
  await http.send({ base: url, secrets: [] }, call, fast.now() + 10_000)
  expect(seen.map(({ socket }) => socket.remotePort)).toEqual([seen[0]?.socket.remotePort, seen[0]?.socket.remotePort])
  expect(seen[0]?.headers.authorization).toBeUndefined()
})

const unavailable = answer(503, 'starting')
test.each([
  ['GET', [unavailable, unavailable, answer(200)], 3, 'ok'],
  ['PUT', [answer(502), answer(504), answer(200)], 3, 'ok'],
  ['PATCH', [unavailable, answer(200)], 2, 'ok'],
  ['DELETE', [unavailable, answer(200)], 2, 'ok'],
  ['GET', [unavailable], 3, 'unavailable'],
  ['GET', [(response: ServerResponse) => response.destroy(), answer(200)], 2, 'ok'],
  ['POST', [unavailable, answer(200)], 1, 'unavailable'],
  ['POST', [(response: ServerResponse) => response.destroy(), answer(200)], 1, 'unavailable'],
  ['GET', [answer(500), answer(200)], 1, 'unavailable'],
  ['GET', [answer(429, '', { 'retry-after': '1' }), answer(200)], 1, 'rateLimited'],
  ['GET', [answer(503, '', { 'retry-after': '30' }), answer(200)], 1, 'unavailable'],
  ['GET', [answer(404), answer(200)], 1, 'notFound'],
] as const)('%s, answered so, is tried as often as is safe: case %#', async (...[method, turns, times, result]) => {
  const { url, seen } = await serveInTurn(turns)
  const { send } = openClient()
  const got = await send(url, { method, path: '/x' }).then(
    () => 'ok',
    (error: { kind: string }) => error.kind,
  )
  expect([got, seen.length]).toEqual([result, times])
})

test('the deadline ends all trying', async () => {
  const { url, seen } = await serveInTurn([unavailable])
  // No second try fits: what is waited before it is longer than the patience.
  const unlucky: Timers = { ...systemTimers, random: () => 0.99 }
  const { http } = openClient({ timers: unlucky })
  await expect(http.send({ base: url, secrets: [] }, call, unlucky.now() + 350)).rejects.toMatchObject({
    kind: 'unavailable',
  })
  expect(seen).toHaveLength(1)
})

test('a redirect is not followed, and whoever it points to sees nothing', async () => {
  const other = await serveInTurn([answer(200)])
  const first = await serveInTurn([answer(302, '', { location: `${other.url}/steal` })])
  const { send } = openClient()
  await expect(send(first.url)).rejects.toMatchObject({
    kind: 'refused',
    message: expect.stringContaining(`with a redirect to ${other.url.slice(7)}, which is not followed`),
  })
  expect([first.seen.length, other.seen.length]).toEqual([1, 0])
})

const drip = (response: ServerResponse): void => {
  response.writeHead(200)
  const timer = setInterval(() => response.write(' '), 10)
  response.on('close', () => clearInterval(timer))
}
const flood = (response: ServerResponse): void => {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  response.writeHead(200)
  const pour = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(pour))
  }
  pour()
}

test.each([
  ['a body that never ends', drip, 'unavailable', /no whole answer within 5 s$/],
  ['no answer at all', () => undefined, 'unavailable', /no whole answer within 5 s$/],
  ['a flood', flood, 'refused', /the answer is larger than 5 MiB$/],
  [
    'very many values',
    answer(200, `[${'{},'.repeat(300_000)}1]`),
    'refused',
    /the answer holds more than 250000 values$/,
  ],
  ['half a body', (response: ServerResponse) => cutShort(response), 'unavailable', /no answer \(.*aborted/],
  ['no JSON', answer(200, '<html>'), 'unavailable', /answered 200 with something that is not JSON$/],
] as const)('%s is an error in time', async (...[, turn, kind, message]) => {
  const { url } = await serveInTurn([turn])
  const { send } = openClient()
  const asked = { ...call, method: 'POST' } as const
  await expect(send(url, asked)).rejects.toMatchObject({ kind, message: expect.stringMatching(message) })
})

test('a forge that hangs is told of in whole seconds, so that a status that tells it hardly changes', async () => {
  const { url } = await serveInTurn([() => undefined, () => undefined, () => undefined])
  const { send } = openClient()
  await expect(send(url, call, 9600)).rejects.toThrow(/no whole answer within \d s$/)
})

test('what all answers together hold is bounded, and given back', async () => {
  const held: ServerResponse[] = []
  const url = await serve((_request, response) => {
    response.writeHead(200).write(Buffer.alloc(3 * 1024 * 1024, ' '))
    held.push(response)
  })
  const { send } = openClient({ timers: patientTimers })
  const asked = { ...call, method: 'POST' } as const
  const outcomes = Array.from({ length: 30 }, async () => {
    try {
      return JSON.stringify((await send(url, asked)).body)
    } catch (error) {
      return (error as Error).message
    }
  })
  const refused = await Promise.race(outcomes)
  expect(refused).toMatch(/no answer \(c8s reads too many answers at once\)$/)
  await expect.poll(() => held.length).toBe(30)
  for (const response of held) response.end('1')
  expect((await Promise.all(outcomes)).filter((outcome) => outcome === '1').length).toBeGreaterThan(15)
  const again = send(url, asked)
  await expect.poll(() => held.length).toBe(31)
  held[30]?.end('2')
  expect((await again).body).toBe(2)
})

function cutShort(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' })
  response.write('{', () => response.socket?.destroy())
}

test('a connection that opens and then is silent is given up', async () => {
  const server = createTcpServer((socket) => closes.push(() => socket.destroy()))
  closes.push(() => server.close())
  const url = await listen(server)
  await expect(openClient().send(url, { ...call, method: 'POST' })).rejects.toMatchObject({ kind: 'unavailable' })
})

test('a server that speaks no TLS is told apart from one that is not there', async () => {
  const { url } = await serveInTurn([answer(200)])
  const { send } = openClient()
  await expect(send(url.replace('http:', 'https:'))).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/^GET 127\.0\.0\.1:\d+\/repos\/org\/app: no answer \((EPROTO|ERR_SSL)/),
  })
  await expect(send('http://127.0.0.1:1')).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringContaining('ECONNREFUSED'),
  })
})

test('a certificate that nobody vouches for gets no call', async () => {
  const span = { notBefore: Date.now() - 60_000, notAfter: Date.now() + 3_600_000 }
  const keys = await generateKeys()
  const authority = createAuthority({ keys, serial: Buffer.alloc(16, 1), ...span })
  const leaf = createLeaf(authority, { keys, serial: Buffer.alloc(16, 2), ...span, dnsNames: ['forge.example.com'] })
  const seen: IncomingMessage[] = []
  const server = createTlsServer({ cert: leaf.cert, key: leaf.key }, (request) => seen.push(request))
  closes.push(() => server.close())
  const url = await listen(server)
  await expect(openClient().send(url.replace('http:', 'https:'))).rejects.toMatchObject({
    kind: 'unavailable',
    message: expect.stringMatching(/no answer \((UNABLE_TO_VERIFY|SELF_SIGNED|DEPTH_ZERO)/),
  })
  expect(seen).toEqual([])
})

test('what a call expects is an answer', async () => {
  const { url } = await serveInTurn([answer(404, '<html>'), answer(400, '{"message": "no"}'), flood, answer(204, '')])
  const { send } = openClient()
  const expects = [400, 404, tooLarge]
  expect(await send(url, { ...call, expects })).toMatchObject({ status: 404, body: undefined })
  expect(await send(url, { ...call, expects })).toMatchObject({ status: 400, body: { message: 'no' } })
  expect(await send(url, { ...call, expects })).toMatchObject({ status: tooLarge, body: undefined })
  expect(await send(url, { ...call, expects })).toMatchObject({ status: 204, body: undefined })
})

test('an expected refusal is a limit all the same where it says so', async () => {
  const { url } = await serveInTurn([answer(403, '', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '2' })])
  const asked = { ...call, expects: [403] }
  await expect(openClient().send(url, asked)).rejects.toMatchObject({ kind: 'rateLimited', retryAfterMs: 2000 })
})

test('text comes as it is', async () => {
  const { url, seen } = await serveInTurn([answer(200, '{"a": "ä"}\n')])
  expect(await openClient().send(url, { ...call, answer: 'text' })).toMatchObject({ body: '{"a": "ä"}\n' })
  expect(seen[0]?.headers.accept).toBe('*/*')
})
