import type { Operation as PatchOperation } from 'rfc6902'
import type { ErrorCode } from '../src/lib/error-codes.ts'
import { type FieldError, renderError } from '../src/lib/field-error.ts'
import type { AdmissionRequest } from './request.ts'

/** For the API server's audit log, which puts the webhook's name before each key. */
export type AuditNotes = Readonly<Record<string, string>>

/** What admission answers about one object; `object` only where it is to be changed. */
export type Decision<T = unknown> =
  | { readonly allowed: true; readonly object?: T; readonly warnings: readonly string[]; readonly audit?: AuditNotes }
  | {
      readonly allowed: false
      readonly code: DenialCode
      readonly errors: readonly FieldError[]
      readonly warnings: readonly string[]
      readonly audit?: AuditNotes
    }

export type DenialCode = 400 | 403 | 422 | 429 | 500

export interface ReviewResponse {
  readonly apiVersion: 'admission.k8s.io/v1'
  readonly kind: 'AdmissionReview'
  readonly response: {
    readonly uid: string
    readonly allowed: boolean
    readonly patchType?: 'JSONPatch'
    readonly patch?: string
    readonly warnings?: readonly string[]
    readonly auditAnnotations?: AuditNotes
    readonly status?: DenialStatus
  }
}

interface DenialStatus {
  readonly code: DenialCode
  readonly reason: string
  readonly message: string
  /** kubectl prints `The <kind> "<name>" is invalid:` and the causes one a line. */
  readonly details?: {
    readonly kind: string
    readonly name: string
    readonly causes: readonly StatusCause[]
    readonly retryAfterSeconds?: number
  }
}

interface StatusCause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

const reasons: Readonly<Record<DenialCode, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
}

/** The API server cuts warnings longer than 256 characters, and drops what is over 4096 in all. */
const maxWarning = 255
const maxWarnings = 4000
const maxMessage = 4000

/** Errors that say "you may not", not "this is wrong": the answer is 403 where all are of this sort. */
const forbidding: ReadonlySet<ErrorCode> = new Set([
  'Forbidden',
  'SecretForbidden',
  'ApprovalRequired',
  'ApprovalForbidden',
  'QuotaExceeded',
  'PolicyForbidden',
  'PolicyUnusable',
])

export function toDenialCode(errors: readonly FieldError[]): DenialCode {
  if (errors.some(({ code }) => code === 'Internal')) return 500
  if (errors.some(({ code }) => code === 'Malformed')) return 400
  if (errors.every(({ code }) => code === 'Conflict')) return 429
  return errors.every(({ code }) => forbidding.has(code)) ? 403 : 422
}

export function renderAllowed(
  uid: string,
  warnings: readonly string[] = [],
  patch: readonly PatchOperation[] = [],
): ReviewResponse {
  return wrap({
    uid,
    allowed: true,
    ...(patch.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }),
    ...renderWarnings(warnings),
  })
}

/** What a denial is about. */
export type DenialSubject = Pick<AdmissionRequest, 'uid' | 'name' | 'object'>

export function renderDenied(
  { uid, name, object }: DenialSubject,
  denial: Extract<Decision, { allowed: false }>,
): ReviewResponse {
  const { code, errors, warnings } = denial
  const told = fitErrors(errors)
  const causes = told.map((error) => ({ field: error.path, message: renderSentence(error), reason: error.code }))
  const rest = errors.length - told.length
  const message = [...told.map(renderError), ...(rest === 0 ? [] : [`and ${rest} more`])].join('\n')
  const details = {
    kind: object?.kind ?? '',
    name: name || (object?.metadata.generateName ?? ''),
    causes,
    // Clients of Kubernetes (kubectl, Argo CD, Flux) wait so long, in seconds, and try again by themselves.
    ...(code === 429 ? { retryAfterSeconds: 1 } : {}),
  }
  const status = { code, reason: reasons[code], message, details }
  return wrap({ uid, allowed: false, status, ...renderWarnings(warnings) })
}

/** The answer with what the audit log is to be told. */
export function withAudit(review: ReviewResponse, audit: AuditNotes | undefined): ReviewResponse {
  if (audit === undefined || Object.keys(audit).length === 0) return review
  return { ...review, response: { ...review.response, auditAnnotations: audit } }
}

/** An answer that says nothing about the object: the request could not be read, or c8s failed. */
export function renderErrored(uid: string, code: 400 | 429 | 500, message: string): ReviewResponse {
  const details = code === 429 ? { details: { kind: '', name: '', causes: [], retryAfterSeconds: 1 } } : {}
  const status = { code, reason: reasons[code], message: cut(message, maxMessage), ...details }
  return wrap({ uid, allowed: false, status })
}

function wrap(response: ReviewResponse['response']): ReviewResponse {
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response }
}

/** As many errors as fit; at least one. */
function fitErrors(errors: readonly FieldError[]): readonly FieldError[] {
  const room = { left: maxMessage - 'and 100000 more'.length }
  const fitting = errors.map((error) => ({
    ...error,
    path: cut(error.path, 300),
    message: cut(error.message, 2900),
    ...(error.hint === undefined ? {} : { hint: cut(error.hint, 500) }),
  }))
  const end = fitting.findIndex((error) => {
    room.left -= Buffer.byteLength(renderError(error)) + 1
    return room.left < 0
  })
  return end === -1 ? fitting : fitting.slice(0, Math.max(1, end))
}

/** kubectl prints field and message of a cause, so the code stands in the message: the line is that of the CLI. */
function renderSentence({ code, message, hint }: FieldError): string {
  return hint === undefined ? `${code}: ${message}` : `${code}: ${message} (${hint})`
}

function renderWarnings(warnings: readonly string[]): { readonly warnings?: readonly string[] } {
  let room = maxWarnings
  const told: string[] = []
  for (const warning of warnings.map((text) => cut(text.replace(/\s+/g, ' '), maxWarning))) {
    room -= Buffer.byteLength(warning)
    if (room < 0) break
    told.push(warning)
  }
  return told.length === 0 ? {} : { warnings: told }
}

/** At most so many bytes of UTF-8, cut between characters. */
function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text
  const start = Buffer.from(text)
    .subarray(0, bytes - 3)
    .toString('utf8')
  return `${start.replace(/\ufffd+$/, '')}…`
}
