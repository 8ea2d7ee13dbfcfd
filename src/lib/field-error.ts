import type { ErrorCode } from './error-codes.ts'

/** One mistake of a user in one field; the same value is shown by webhook, CLI and page. */
export interface FieldError {
  /** Path as kubectl writes it: `spec.steps[2].dependsOn[0]`. */
  readonly path: string
  readonly code: ErrorCode
  /** What is wrong and what was expected, in one sentence without a full stop. Never holds a secret. */
  readonly message: string
  /** What to do about it, where that is not obvious. */
  readonly hint?: string
}
