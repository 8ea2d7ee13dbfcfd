import type { IncomingMessage } from 'node:http'
import type { HttpRequest, KubeConnection } from './connection.ts'
import { KubeError, type KubeFault } from './kube-error.ts'
import { type Timers, waitFor } from './timers.ts'

export interface Call {
  /** Verb and object, for messages: `create jobs team-a/unit-1`. */
  readonly action: string
  readonly method: HttpRequest['method']
  readonly path: string
  readonly accept?: string
  readonly contentType?: string
  readonly body?: object
  readonly isRepeatable: boolean
  /** The server's own words may quote what was sent. */
  readonly isSecret: boolean
  readonly signal?: AbortSignal
}

export interface ExchangeOptions {
  /** For the whole call, the waits that the server asks for included. */
  readonly timeoutMs: number
  readonly timers: Timers
}

/**
 * One call, its answer parsed. A 429, and a 5xx that says when to come back, was not carried out: it is sent again after
 * Retry-After, as long as the time allows. https://kubernetes.io/docs/concepts/cluster-administration/flow-control/
 */
export async function exchange(connection: KubeConnection, call: Call, options: ExchangeOptions): Promise<unknown> {
  const { timers, timeoutMs } = options
  const deadline = timers.now() + timeoutMs
  for (;;) {
    const answer = await exchangeOnce(connection, call, { timers, timeoutMs: deadline - timers.now() })
    if (!(answer instanceof KubeError)) {
      return answer
    }
    const wait = answer.retryAfterMs
    if (wait === undefined || timers.now() + wait >= deadline || call.signal?.aborted === true) {
      throw answer
    }
    await waitFor(timers, wait, call.signal)
  }
}

/** The parsed answer, or the KubeError that the server's refusal amounts to; throws where there was no answer. */
async function exchangeOnce(connection: KubeConnection, call: Call, options: ExchangeOptions): Promise<unknown> {
  const limit = limitTime(options, call.signal)
  try {
    const response = await openResponse(connection, call, limit.signal)
    const text = await readText(response)
    return isSuccess(response) ? JSON.parse(text) : new KubeError(call.action, toFault(response, text, call.isSecret))
  } catch (error) {
    throw toConnectionError(call, error, limit.hasExpired() ? options.timeoutMs : undefined)
  } finally {
    limit.clear()
  }
}

/** A response whose headers are there and whose body is still to come; throws KubeError unless it is a success. */
export async function openStream(
  connection: KubeConnection,
  call: Call,
  options: ExchangeOptions,
): Promise<IncomingMessage> {
  const limit = limitTime(options, call.signal)
  try {
    const response = await openResponse(connection, call, limit.signal)
    if (!isSuccess(response)) {
      throw new KubeError(call.action, toFault(response, await readText(response), call.isSecret))
    }
    return response
  } catch (error) {
    throw toConnectionError(call, error, limit.hasExpired() ? options.timeoutMs : undefined)
  } finally {
    limit.clear()
  }
}

function openResponse(connection: KubeConnection, call: Call, signal: AbortSignal): Promise<IncomingMessage> {
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  return connection.send({
    method: call.method,
    path: call.path,
    headers: {
      accept: call.accept ?? 'application/json',
      ...(body === undefined
        ? {}
        : { 'content-type': call.contentType ?? 'application/json', 'content-length': `${Buffer.byteLength(body)}` }),
    },
    ...(body === undefined ? {} : { body }),
    signal,
    isRepeatable: call.isRepeatable,
  })
}

/** After clear() only the caller's own signal ends the response: a watch outlives the time allowed for its opening. */
function limitTime(options: ExchangeOptions, outer: AbortSignal | undefined) {
  const controller = new AbortController()
  let expired = false
  const cancel = options.timers.after(Math.max(options.timeoutMs, 0), () => {
    expired = true
    controller.abort()
  })
  return {
    signal: outer === undefined ? controller.signal : AbortSignal.any([controller.signal, outer]),
    hasExpired: () => expired,
    clear: cancel,
  }
}

function isSuccess(response: IncomingMessage): boolean {
  const status = response.statusCode ?? 0
  return status >= 200 && status < 300
}

/** By events: iterating over a stream costs more than the small answers that come most often. */
function readText(response: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('end', () => resolve((chunks.length === 1 ? chunks[0] : Buffer.concat(chunks))?.toString('utf8') ?? ''))
    response.on('error', reject)
    response.on('close', () => reject(new Error('the answer was cut off')))
  })
}

interface StatusBody {
  readonly reason?: string
  readonly message?: string
  readonly details?: { readonly retryAfterSeconds?: number }
}

function toFault(response: IncomingMessage, text: string, isSecret: boolean): KubeFault {
  const status = response.statusCode ?? 0
  const body = parseStatus(text)
  const reason = body.reason ?? response.statusMessage ?? 'Unknown'
  const isQuotable = !isSecret || [401, 403, 404, 409, 410, 429].includes(status)
  const retryAfterMs = readRetryAfter(response, status)
  return {
    status,
    reason,
    detail: isQuotable ? (body.message ?? `the server answered ${status}`) : `the server answered ${reason}`,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

function parseStatus(text: string): StatusBody {
  try {
    const body: unknown = JSON.parse(text)
    return typeof body === 'object' && body !== null ? body : {}
  } catch {
    // Proxies and a starting server answer in plain text.
    return { message: text.trim().slice(0, 300) || 'an empty answer' }
  }
}

function readRetryAfter(response: IncomingMessage, status: number): number | undefined {
  const seconds = Number(response.headers['retry-after'])
  const isAsked = response.headers['retry-after'] !== undefined && Number.isFinite(seconds) && seconds >= 0
  return isAsked && (status === 429 || status >= 500) ? seconds * 1000 : undefined
}

/** Whatever went wrong on the way, as a KubeError with status 0. */
export function toConnectionError(call: Call, error: unknown, timeoutMs?: number): KubeError {
  if (error instanceof KubeError) {
    return error
  }
  if (timeoutMs !== undefined) {
    const detail = `the API server did not answer within ${Math.round(timeoutMs)} ms`
    return new KubeError(call.action, { status: 0, reason: 'Timeout', detail })
  }
  if (call.signal?.aborted === true) {
    return new KubeError(call.action, { status: 0, reason: 'Aborted', detail: 'given up by the caller' })
  }
  const text = error instanceof Error ? error.message || String((error as NodeJS.ErrnoException).code) : String(error)
  return new KubeError(call.action, { status: 0, reason: 'ConnectionFailed', detail: text })
}
