/** What the API server said no with, or why it could not be asked. */
export interface KubeFault {
  /** HTTP status; 0 where no answer came. */
  readonly status: number
  /** The server's reason (`NotFound`, `AlreadyExists`, `Conflict`, `Expired`, …), or `ConnectionFailed`, `Timeout`, `Aborted`. */
  readonly reason: string
  /** The server's own sentence; for Secrets only the reason, since the sentence may quote a value. */
  readonly detail: string
  readonly retryAfterMs?: number
}

/** A failed call to the API server. The message names the verb and the object, never a value or a credential. */
export class KubeError extends Error {
  readonly status: number
  readonly reason: string
  readonly detail: string
  readonly retryAfterMs: number | undefined

  constructor(action: string, fault: KubeFault) {
    super(`cannot ${action}: ${fault.detail}${fault.status === 0 ? '' : ` (HTTP ${fault.status} ${fault.reason})`}`)
    this.name = 'KubeError'
    this.status = fault.status
    this.reason = fault.reason
    this.detail = fault.detail
    this.retryAfterMs = fault.retryAfterMs
  }
}

function hasReason(error: unknown, reason: string): boolean {
  return error instanceof KubeError && error.reason === reason
}

/** The object does not exist. A 404 without this reason means that its kind does not: a missing CRD. */
export function isNotFound(error: unknown): boolean {
  return hasReason(error, 'NotFound')
}

/** The name is taken, by whomever: compare the owner before calling it success. */
export function isAlreadyExists(error: unknown): boolean {
  return hasReason(error, 'AlreadyExists')
}

/** Somebody else wrote first: read again and decide anew. */
export function isConflict(error: unknown): boolean {
  return hasReason(error, 'Conflict')
}

/** The resourceVersion or continue token is too old: list from the start. */
export function isExpired(error: unknown): boolean {
  return error instanceof KubeError && error.status === 410
}

/** Worth trying again later unchanged: no answer, overload or a fault of the server. */
export function isTransient(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 0 || error.status === 429 || error.status >= 500)
}
