import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { FakeTimers } from '../../test/helpers/fake-timers.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import type { Access } from './access.ts'
import { createKubeClient } from './adapter.ts'
import { createConnection } from './connection.ts'
import { isExpired, isNotFound, KubeError } from './kube-error.ts'
import type { WatchEvent } from './ports.ts'

const { job, secret } = resourceTypes
const key = { namespace: 'team-a', name: 'x' }
const found = JSON.stringify({ metadata: key })
const open: Server[] = []

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

type Answer = (response: ServerResponse, request: IncomingMessage) => void

/** A server that answers each request with the next of the answers, and the last one ever after. */
async function serve(...answers: Answer[]) {
  const requests: IncomingMessage[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    request.resume()
    answers[Math.min(requests.length, answers.length) - 1]?.(response, request)
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const tokens: boolean[] = []
  const connection = createConnection({
    server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    namespace: 'default',
    read: async (anew): Promise<Access> => {
      tokens.push(anew)
      return { tls: {}, headers: { authorization: `Bearer token-${tokens.length}` } }
    },
  })
  return { server, requests, tokens, connection, client: createKubeClient(connection, { timeoutMs: 2000 }) }
}

const answer =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(status, headers).end(body)

function toStatus(reason: string, message: string): string {
  return JSON.stringify({ kind: 'Status', reason, message })
}

async function failure(promise: Promise<unknown>): Promise<KubeError> {
  const error = await promise.catch((error: unknown) => error)
  expect(error).toBeInstanceOf(KubeError)
  return error as KubeError
}

describe('the client', () => {
  it('asks again after 429 as late as the server says', async () => {
    const { client, requests } = await serve(answer(429, '', { 'retry-after': '1' }), answer(200, found))
    const startedAt = performance.now()
    expect((await client.get(job, key))?.metadata.name).toBe('x')
    expect(performance.now() - startedAt).toBeGreaterThan(950)
    expect(requests).toHaveLength(2)
  })

  it('gives a 429 back when its time does not allow the wait', async () => {
    const { client } = await serve(answer(429, toStatus('TooManyRequests', 'slow down'), { 'retry-after': '30' }))
    const error = await failure(client.create(job, { metadata: key }))
    expect(error).toMatchObject({ status: 429, retryAfterMs: 30_000 })
  })

  it('does not repeat what failed without a time to come back', async () => {
    const { client, requests } = await serve(answer(500, toStatus('InternalError', 'etcd')))
    expect((await failure(client.create(job, { metadata: key }))).status).toBe(500)
    expect(requests).toHaveLength(1)
  })

  it('gives up a silent server in time', async () => {
    const { connection } = await serve(() => undefined)
    const client = createKubeClient(connection, { timeoutMs: 50 })
    const error = await failure(client.get(job, key))
    expect(error).toMatchObject({ status: 0, reason: 'Timeout' })
    expect(error.message).toBe('cannot read jobs team-a/x: the API server did not answer within 50 ms')
  })

  it('says which server could not be reached', async () => {
    const { client, server } = await serve(answer(200, found))
    await new Promise((resolve) => server.close(resolve))
    const error = await failure(client.get(job, key))
    expect(error.reason).toBe('ConnectionFailed')
    expect(error.detail).toContain('ECONNREFUSED')
  })

  it('takes new credentials when the old ones are refused, once', async () => {
    const { client, tokens, requests } = await serve(answer(401, ''), answer(200, found), answer(401, ''))
    await client.get(job, key)
    expect(tokens).toEqual([false, true])
    expect(requests[1]?.headers.authorization).toBe('Bearer token-2')
    expect((await failure(client.get(job, key))).status).toBe(401)
  })

  it('repeats a read, not a write, whose pooled connection was closed under it', async () => {
    const cut: Answer = (response) => response.destroy()
    const { client } = await serve(answer(200, found), cut, answer(200, found), cut, answer(200, found))
    await client.get(job, key)
    expect((await client.get(job, key))?.metadata.name).toBe('x')
    expect((await failure(client.create(job, { metadata: key }))).reason).toBe('ConnectionFailed')
  })

  it('never quotes what a Secret holds', async () => {
    const { client } = await serve(answer(422, toStatus('Invalid', 'data: Invalid value: "hunter2"')))
    const error = await failure(client.create(secret, { metadata: key }))
    expect(error.message).not.toContain('hunter2')
    expect(error.message).toContain('the server answered Invalid')
  })

  it('tells a missing object from a missing kind', async () => {
    const { client } = await serve(
      answer(404, toStatus('NotFound', 'jobs "x" not found')),
      answer(404, '404 page not found'),
    )
    expect(await client.get(job, key)).toBeUndefined()
    const error = await failure(client.get(job, key))
    expect(isNotFound(error)).toBe(false)
    expect(error.message).toContain('404 page not found')
  })

  it('lists page by page, and in one piece when the pages came too late', async () => {
    const page = (name: string, token: string) =>
      answer(
        200,
        JSON.stringify({ metadata: { resourceVersion: '5', continue: token }, items: [{ metadata: { name } }] }),
      )
    const { client, requests } = await serve(
      page('a', 'more'),
      page('b', ''),
      page('a', 'more'),
      answer(410, ''),
      page('c', ''),
    )
    const names = async () => (await client.list(job)).items.map(({ metadata }) => metadata.name)
    expect(await names()).toEqual(['a', 'b'])
    expect(requests[1]?.url).toContain('continue=more')
    expect(await names()).toEqual(['c'])
    expect(requests[4]?.url).not.toContain('limit')
  })
})

describe('a watch', () => {
  const event = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`
  const added = event('ADDED', { metadata: { ...key, resourceVersion: '2', labels: { word: 'ä€😀' } } })

  async function collect(answer: Answer): Promise<{ events: WatchEvent[]; error: unknown }> {
    const { client } = await serve(answer)
    const events: WatchEvent[] = []
    try {
      const { signal } = new AbortController()
      for await (const event of client.watch(job, { resourceVersion: '1', timeoutSeconds: 60, signal })) {
        events.push(event)
      }
    } catch (error) {
      return { events, error }
    }
    return { events, error: undefined }
  }

  it('puts characters together that were cut between two packets', async () => {
    const bytes = Buffer.from(added)
    const { events, error } = await collect((response) => {
      response.write(bytes.subarray(0, bytes.indexOf(0xe2) + 1))
      setTimeout(() => response.end(bytes.subarray(bytes.indexOf(0xe2) + 1)), 20)
    })
    expect(error).toBeUndefined()
    expect(events).toMatchObject([{ type: 'ADDED', object: { kind: 'Job', metadata: { labels: { word: 'ä€😀' } } } }])
  })

  it.each([
    ['a line that is cut off', added + added.slice(0, 30), 'BrokenStream'],
    ['a line that is not JSON', `${added}{"type":"ADD\n`, 'BrokenStream'],
    ['an event of an unknown type', added + event('RENAMED', { metadata: { resourceVersion: '3' } }), 'BrokenStream'],
    ['an event without an object', added + event('ADDED', {}), 'BrokenStream'],
  ])('ends on %s, after what came before it', async (_, text, reason) => {
    const { events, error } = await collect((response) => response.end(text))
    expect(events).toHaveLength(1)
    expect(error).toMatchObject({ status: 0, reason })
  })

  it('ends on a connection that breaks', async () => {
    const { events, error } = await collect((response) => {
      response.write(added)
      setTimeout(() => response.destroy(), 20)
    })
    expect(events).toHaveLength(1)
    expect(error).toMatchObject({ status: 0, reason: 'ConnectionFailed' })
  })

  it('throws 410 whether it comes as status or as event', async () => {
    const gone = event('ERROR', { code: 410, reason: 'Expired', message: 'too old resource version' })
    expect(isExpired((await collect(answer(410, toStatus('Expired', 'too old')))).error)).toBe(true)
    expect(isExpired((await collect(answer(200, gone))).error)).toBe(true)
  })

  it('has 15 s to open and no limit after that', async () => {
    const timers = new FakeTimers()
    const { connection } = await serve((response) => response.flushHeaders())
    const client = createKubeClient(connection, { timers })
    const controller = new AbortController()
    const watch = client.watch(job, { resourceVersion: '1', timeoutSeconds: 60, signal: controller.signal })
    const next = watch[Symbol.asyncIterator]().next()
    await new Promise((resolve) => setTimeout(resolve, 100))
    await timers.advance(3_600_000)
    controller.abort()
    const error = await next.catch((error: unknown) => error)
    expect(error).toMatchObject({ reason: 'Aborted' })
  })
})

it('keeps the object it was given as it is', async () => {
  const { client } = await serve(answer(200, found))
  const object: KubeObject = Object.freeze({ metadata: Object.freeze({ ...key }) })
  await client.apply(job, object)
  expect(object).toEqual({ metadata: key })
})
