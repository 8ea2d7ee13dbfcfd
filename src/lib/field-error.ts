import type { ErrorCode } from './error-codes.ts'

/** One mistake of a user in one field; the same value is shown by webhook, CLI and page. */
export interface FieldError {
  /** Path as kubectl writes it: `spec.steps[2].dependsOn[0]`. Empty for the object as a whole. */
  readonly path: string
  readonly code: ErrorCode
  /** What is wrong and what was expected, in one sentence without a full stop. Never holds a secret. */
  readonly message: string
  /** What to do about it, where that is not obvious. */
  readonly hint?: string
}

/** What is wrong with an object: errors refuse it, warnings are only shown. */
export interface Verdict {
  readonly errors: readonly FieldError[]
  readonly warnings: readonly FieldError[]
}

/** `spec.steps[2].dependsOn[0]: UnknownStep: there is no step tset (did you mean test?)`, without line breaks. */
export function renderError({ path, code, message, hint }: FieldError): string {
  const line = `${path === '' ? '' : `${path}: `}${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`
  return escapeControls(line)
}

/** One line an error. Beyond `most` a last line tells how many are left out. */
export function renderErrors(errors: readonly FieldError[], most = Number.POSITIVE_INFINITY): string[] {
  const lines = errors.slice(0, most).map(renderError)
  return errors.length > most ? [...lines, `and ${errors.length - most} more`] : lines
}

/** `spec` and `steps[0]` make `spec.steps[0]`. */
export function joinPath(parent: string, child: string): string {
  return parent === '' ? child : `${parent}.${child}`
}

/** A value as it is shown in a message: quoted, cut, without control characters. */
export function quoteValue(value: string, most = 60): string {
  const shown = value.length > most ? `${value.slice(0, most)}…` : value
  return escapeControls(JSON.stringify(shown))
}

/** Control and formatting characters (line breaks, escapes, right-to-left marks) spelled out. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`
  })
}
