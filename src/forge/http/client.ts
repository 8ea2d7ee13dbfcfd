import { lookup as systemLookup } from 'node:dns'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { type Timers, waitFor } from '../../kube/timers.ts'
import type { Clock } from '../../lib/clock.ts'
import { hasTooManyValues } from '../../lib/json-size.ts'
import { type ForgeAnswer, type ForgeCall, tooLarge } from '../../vcs/outgoing/conversation.ts'
import { ForgeError } from '../forge.ts'
import { AnswerTimeout, AnswerTooLarge, exchange, type Wire, type WireAnswer, type WireRequest } from './exchange.ts'
import { type Asked, toAnswerError, toForgeError } from './faults.ts'
import { checkLiteral, createGuardedLookup, type LookupAll, RefusedAddress } from './guarded-lookup.ts'
import { findRateLimit } from './rate-limit.ts'

export interface ForgeHttpOptions {
  readonly clock: Clock
  readonly timers: Timers
  /** For forges on this machine: tests. */
  readonly allowLoopback?: boolean
  readonly lookup?: LookupAll
  /** Told of every attempt, for metrics; must not throw. */
  readonly onAttempt?: (attempt: ForgeAttempt) => void
}

export interface ForgeAttempt {
  readonly method: string
  readonly host: string
  /** 0 where no answer came. */
  readonly status: number
  readonly durationMs: number
}

/** Where the calls go, and as whom. */
export interface HttpTarget {
  /** Base of the API, without a slash at its end. Calls go nowhere else. */
  readonly base: string
  /** Header of the credential. */
  readonly authorization?: string
  /** Values that no message may show. */
  readonly secrets: readonly string[]
}

export interface ForgeHttp {
  /** `deadline` is a time of `timers.now()`. Throws ForgeError. */
  send(target: HttpTarget, call: ForgeCall, deadline: number): Promise<ForgeAnswer>
  close(): void
}

const attemptTimeoutMs = 5000
const limitBytes = 5 * 1024 * 1024
/** Of all answers: whoever names a forge may name one that sends as much as it can. */
const limitOfAllBytes = 64 * 1024 * 1024
/** Of one answer; the largest that forges give have some 40,000. */
const mostValues = 250_000
/** Of calls that do nothing twice. */
const retries = 2
const firstDelayMs = 250
/** Below the five seconds after which many servers close an idle connection. */
const idleMs = 4000

export function createForgeHttp(options: ForgeHttpOptions): ForgeHttp {
  const allowLoopback = options.allowLoopback ?? false
  const lookup = createGuardedLookup(options.lookup ?? systemLookup, allowLoopback)
  const agentOptions = { keepAlive: true, timeout: idleMs, maxSockets: 32, maxFreeSockets: 8, lookup }
  const wire = {
    http: new HttpAgent(agentOptions),
    https: new HttpsAgent({ ...agentOptions, minVersion: 'TLSv1.2' }),
    timers: options.timers,
    limitBytes,
    room: { heldBytes: 0, mostBytes: limitOfAllBytes },
  }
  const shell: Shell = { options, wire, allowLoopback }
  return {
    send: (target, call, deadline) => sendCall(shell, toExchange(target, call), deadline),
    close: () => {
      wire.http.destroy()
      wire.https.destroy()
    },
  }
}

interface Shell {
  readonly options: ForgeHttpOptions
  readonly wire: Wire
  readonly allowLoopback: boolean
}

interface Exchange {
  readonly call: ForgeCall
  readonly request: WireRequest
  readonly asked: Asked
}

function toExchange(target: HttpTarget, call: ForgeCall): Exchange {
  const origin = new URL(target.base)
  const below = origin.pathname.replace(/\/+$/, '') + call.path
  const query = new URLSearchParams(call.query).toString()
  const body = call.body === undefined ? undefined : JSON.stringify(call.body)
  const request: WireRequest = {
    origin,
    method: call.method,
    path: query === '' ? below : `${below}?${query}`,
    headers: {
      accept: call.answer === 'text' ? '*/*' : 'application/json',
      'user-agent': 'c8s',
      ...call.headers,
      ...(target.authorization === undefined ? {} : { authorization: target.authorization }),
      ...(body === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` }),
    },
    ...(body === undefined ? {} : { body }),
  }
  const secrets = [...target.secrets, ...(call.secrets ?? [])]
  return { call, request, asked: { method: call.method, host: origin.host, path: below, secrets } }
}

async function sendCall(shell: Shell, exchanged: Exchange, deadline: number): Promise<ForgeAnswer> {
  const { timers } = shell.options
  const isRepeatable = exchanged.call.method !== 'POST'
  for (let attempt = 0; ; attempt += 1) {
    const { answer, error, isPassing = false } = await attemptCall(shell, exchanged, deadline)
    if (answer !== undefined) return answer
    const delay = firstDelayMs * 2 ** attempt * (0.5 + timers.random())
    const isSoon = (error?.retryAfterMs ?? 0) <= delay && timers.now() + delay < deadline
    if (!isRepeatable || !isPassing || !isSoon || attempt >= retries) throw error
    await waitFor(timers, delay)
  }
}

interface Attempt {
  readonly answer?: ForgeAnswer
  readonly error?: ForgeError
  /** Whether another attempt may find it gone. */
  readonly isPassing?: boolean
}

/** Answers of a proxy or of a server that is starting. */
const passingStatuses = [502, 503, 504]

/** The answer, or the error that is left to the caller to throw. */
async function attemptCall(shell: Shell, exchanged: Exchange, deadline: number): Promise<Attempt> {
  const { timers } = shell.options
  const { call, request, asked } = exchanged
  const begun = timers.now()
  let status = 0
  try {
    checkLiteral(request.origin.hostname, shell.allowLoopback)
    const answer = await exchange(shell.wire, request, Math.min(attemptTimeoutMs, deadline - begun))
    status = answer.status
    return judgeAnswer(shell, exchanged, answer)
  } catch (error) {
    if (error instanceof AnswerTooLarge && call.expects?.includes(tooLarge) === true) {
      return { answer: { status: tooLarge, headers: {}, body: undefined } }
    }
    const failed = toConnectionError(asked, error)
    return { error: failed, isPassing: failed.kind === 'unavailable' }
  } finally {
    shell.options.onAttempt?.({ method: call.method, host: asked.host, status, durationMs: timers.now() - begun })
  }
}

function judgeAnswer({ options }: Shell, exchanged: Exchange, answer: WireAnswer): Attempt {
  const now = options.clock.now()
  const isLimited = findRateLimit(answer, now) !== undefined
  if (!isAnswer(exchanged.call, answer.status) || isLimited) {
    return { error: toAnswerError(exchanged.asked, answer, now), isPassing: passingStatuses.includes(answer.status) }
  }
  const read = toForgeAnswer(exchanged, answer)
  return read instanceof ForgeError ? { error: read } : { answer: read }
}

function isAnswer(call: ForgeCall, status: number): boolean {
  return (status >= 200 && status < 300) || (call.expects?.includes(status) ?? false)
}

function toForgeAnswer({ call, asked }: Exchange, { status, headers, text }: WireAnswer): ForgeAnswer | ForgeError {
  if (call.answer === 'text') return { status, headers, body: text }
  if (text.trim() === '') return { status, headers, body: undefined }
  if (text.length > mostValues && hasTooManyValues(Buffer.from(text), mostValues))
    return toForgeError(asked, 'refused', { words: `the answer holds more than ${mostValues} values` })
  try {
    return { status, headers, body: JSON.parse(text) }
  } catch {
    // What was expected beside a success may be told in any form.
    if (status >= 300) return { status, headers, body: undefined }
    return toForgeError(asked, 'unavailable', { words: `the forge answered ${status} with something that is not JSON` })
  }
}

function toConnectionError(asked: Asked, error: unknown): ForgeError {
  if (error instanceof RefusedAddress) {
    const words = `${error.message} an address that c8s does not connect to; check spec.repository and spec.apiURL`
    return toForgeError(asked, 'refused', { words })
  }
  if (error instanceof AnswerTooLarge) {
    return toForgeError(asked, 'refused', { words: `the answer is larger than ${limitBytes / 1024 ** 2} MiB` })
  }
  if (error instanceof AnswerTimeout) return toForgeError(asked, 'unavailable', { words: error.message })
  return toForgeError(asked, 'unavailable', { words: `no answer (${describe(error)})` })
}

/** A refused connection to several addresses has an empty message and a code. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = (error as NodeJS.ErrnoException).code
  return [code, error.message]
    .filter((text) => text !== undefined && text !== '')
    .join(': ')
    .slice(0, 200)
}
