import type { FieldError, Verdict } from '../src/lib/field-error.ts'

export const noFindings: Verdict = { errors: [], warnings: [] }

export function joinVerdicts(...all: readonly Verdict[]): Verdict {
  return { errors: all.flatMap(({ errors }) => errors), warnings: all.flatMap(({ warnings }) => warnings) }
}

export function toErrors(errors: readonly FieldError[]): Verdict {
  return { errors, warnings: [] }
}

export function toWarnings(warnings: readonly FieldError[]): Verdict {
  return { errors: [], warnings }
}
