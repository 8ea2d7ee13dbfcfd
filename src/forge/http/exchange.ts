import { type ClientRequest, type Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { type Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { Timers } from '../../kube/timers.ts'

export interface WireRequest {
  /** Scheme, host and port; the path of it is not used. */
  readonly origin: URL
  readonly method: string
  /** With its query, exactly as it goes out. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface WireAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
}

/** The answer is larger than allowed; nothing of it is kept. */
export class AnswerTooLarge extends Error {}

/** No whole answer in time, however far it came. */
export class AnswerTimeout extends Error {}

/** So much is being read that there is no room for more. */
class NoRoom extends Error {
  constructor() {
    super('c8s reads too many answers at once')
  }
}

/** What the bodies that are being read hold together. */
interface ReadingRoom {
  heldBytes: number
  readonly mostBytes: number
}

export interface Wire {
  readonly http: HttpAgent
  readonly https: HttpsAgent
  readonly timers: Timers
  /** Bytes of a body. */
  readonly limitBytes: number
  readonly room: ReadingRoom
}

/** One request, its answer read whole. Redirects are answers. Throws what the socket throws, or the errors above. */
export async function exchange(wire: Wire, outgoing: WireRequest, timeoutMs: number): Promise<WireAnswer> {
  const request = openRequest(wire, outgoing)
  // One timer for all of it: name, connection, TLS, waiting and reading.
  let expired: AnswerTimeout | undefined
  const cancel = wire.timers.after(Math.max(timeoutMs, 0), () => {
    // In whole seconds: what is left for the last of several attempts differs each time, and people read it in status.
    expired = new AnswerTimeout(`no whole answer within ${Math.ceil(timeoutMs / 1000)} s`)
    request.destroy(expired)
  })
  try {
    const response = await readHead(request, outgoing.body)
    const text = await readBody(response, wire)
    return { status: response.statusCode ?? 0, headers: toHeaders(response), text }
  } catch (error) {
    request.destroy()
    throw expired ?? error
  } finally {
    cancel()
  }
}

function openRequest(wire: Wire, { origin, method, path, headers }: WireRequest): ClientRequest {
  const isHttps = origin.protocol === 'https:'
  return (isHttps ? requestHttps : requestHttp)({
    agent: isHttps ? wire.https : wire.http,
    host: origin.hostname.replace(/^\[|\]$/g, ''),
    port: origin.port === '' ? (isHttps ? 443 : 80) : Number(origin.port),
    method,
    path,
    headers,
  })
}

function readHead(request: ClientRequest, body: string | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    // Stays: a socket may fail again after the answer was given up.
    request.on('error', reject)
    request.once('response', resolve)
    request.end(body)
  })
}

async function readBody(response: IncomingMessage, { limitBytes, room }: Wire): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      room.heldBytes += chunk.length
      if (size > limitBytes) throw new AnswerTooLarge(`the answer is larger than ${limitBytes} bytes`)
      if (room.heldBytes > room.mostBytes) throw new NoRoom()
      chunks.push(chunk)
    }
    if (!response.complete) throw new Error('the answer ended too early')
    return Buffer.concat(chunks).toString('utf8')
  } finally {
    room.heldBytes -= size
  }
}

function toHeaders(response: IncomingMessage): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  )
}
