import { ForgeError, type ForgeErrorKind } from '../forge.ts'
import { maskSecrets } from './mask.ts'
import { type AnswerHead, findRateLimit, findRetryAfter } from './rate-limit.ts'

/** What was asked of which host, for messages: never the query, which may hold anything. */
export interface Asked {
  readonly method: string
  readonly host: string
  readonly path: string
  /** Values that no message may show. */
  readonly secrets: readonly string[]
}

export interface FailedAnswer extends AnswerHead {
  readonly text: string
}

/** Longest part of a message that is in the forge's words. */
const longestWords = 200

/** One sentence about a call, clean of control characters and credentials. */
export function toForgeError(
  asked: Asked,
  kind: ForgeErrorKind,
  { words, retryAfterMs }: { readonly words: string; readonly retryAfterMs?: number | undefined },
): ForgeError {
  const message = `${asked.method} ${asked.host}${asked.path}: ${words}`
  return new ForgeError(kind, cleanWords(message, asked.secrets), retryAfterMs)
}

/** What an answer that is neither a success nor expected means. */
export function toAnswerError(asked: Asked, answer: FailedAnswer, now: number): ForgeError {
  const { status, headers } = answer
  if (status >= 300 && status < 400) return toForgeError(asked, 'refused', { words: describeRedirect(asked, answer) })
  const waitMs = findRateLimit(answer, now)
  const said = cleanWords(readWords(answer.text), asked.secrets)
  const words = `the forge answered ${status}${said === '' ? '' : ` (${cut(said)})`}`
  if (waitMs !== undefined) {
    const wait = `${words} and asks to wait ${Math.ceil(waitMs / 1000)} s`
    return toForgeError(asked, 'rateLimited', { words: wait, retryAfterMs: waitMs })
  }
  const retryAfterMs = status >= 500 ? findRetryAfter(headers, now) : undefined
  return toForgeError(asked, toKind(status), { words, retryAfterMs })
}

function toKind(status: number): ForgeErrorKind {
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 404 || status === 410) return 'notFound'
  // Conflict and Locked: somebody else was writing the same.
  return status >= 500 || status === 408 || status === 409 || status === 423 ? 'unavailable' : 'refused'
}

function describeRedirect(asked: Asked, { status, headers }: FailedAnswer): string {
  const location = headers['location'] ?? ''
  const target = URL.canParse(location, `https://${asked.host}`) ? new URL(location, `https://${asked.host}`).host : ''
  const isMoved = status === 301 || status === 307 || status === 308
  const where = target === '' || target === asked.host ? '' : ` to ${target}`
  return isMoved
    ? `the forge answered ${status}${where}: the repository was renamed or moved; put its new URL into spec.repository`
    : `the forge answered ${status} with a redirect${where}, which is not followed; check spec.apiURL`
}

/** The forge's own sentence, wherever in the JSON it stands; nothing of a web page. */
function readWords(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    return pickWords(body) ?? ''
  } catch {
    // Of a text the first line: what follows may be a stack trace.
    const [line = ''] = text.trim().split(/[\r\n]/)
    return line.startsWith('<') ? '' : line
  }
}

const wordFields = ['message', 'error_description', 'error', 'errors', 'detail'] as const

function pickWords(body: unknown): string | undefined {
  if (typeof body === 'string') return body === '' ? undefined : body
  if (Array.isArray(body)) return body.map(pickWords).find((words) => words !== undefined)
  if (typeof body !== 'object' || body === null) return undefined
  const fields = body as Readonly<Record<string, unknown>>
  const named = wordFields.map((field) => pickWords(fields[field])).filter((words) => words !== undefined)
  if (named.length > 0) return named.slice(0, 2).join(': ')
  // GitLab names the field that is wrong: {"message": {"url": ["is blocked"]}}
  const entries = Object.entries(fields).filter(([, value]) => Array.isArray(value))
  const [first] = entries.map(([field, value]) => `${field} ${pickWords(value) ?? ''}`)
  return first
}

/** Control characters go first: one in the middle would hide a secret from the mask. */
export function cleanWords(text: string, secrets: readonly string[]): string {
  return maskSecrets(text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ''), secrets)
}

function cut(text: string): string {
  const characters = [...text.trim()]
  return characters.length <= longestWords ? text.trim() : `${characters.slice(0, longestWords - 1).join('')}…`
}
