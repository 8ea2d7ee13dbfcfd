import { quoteValue } from '../../src/lib/field-error.ts'

/** Why an expression cannot be used: a message without its field, as the words of a FieldError. */
export interface ExpressionProblem {
  readonly message: string
  readonly hint?: string
}

/** What the library says of an expression: `summary` in English, ranges in characters from 0. */
export interface LibraryFault {
  readonly code: string
  readonly summary: string
  readonly range?: { readonly start: number } | undefined
}

/** `character 9`, and with its line where the expression has several. */
export function describePlace(text: string, start: number): string {
  const before = text.slice(0, start).split('\n')
  const character = `character ${[...(before.at(-1) ?? '')].length + 1}`
  return text.includes('\n') ? `line ${before.length}, ${character}` : character
}

export function placeProblem(text: string, start: number, { message, hint }: ExpressionProblem): ExpressionProblem {
  return { message: `${message} (${describePlace(text, start)})`, ...(hint === undefined ? {} : { hint }) }
}

/** In our words. */
export function describeFault(text: string, { code, summary, range }: LibraryFault): ExpressionProblem {
  const start = range?.start ?? 0
  const [, rest = ''] = /: (.*)$/s.exec(summary) ?? []
  const describe = Object.hasOwn(words, code) ? words[code] : undefined
  const shown = String.fromCodePoint(text.codePointAt(start) ?? 0)
  return placeProblem(text, start, { message: describe?.(rest, shown) ?? soften(summary) })
}

const words: Readonly<Record<string, (rest: string, shown: string) => string>> = {
  no_such_key: (name) => `there is no ${quoteValue(name)}`,
  no_such_overload: (types) => `the types do not go together: ${types}`,
  unexpected_token: (token, shown) =>
    token === 'EOF' ? 'the expression ends too early' : `${quoteValue(shown)} is not expected here`,
  unexpected_character: (_, shown) => `${quoteValue(shown)} is not expected here`,
  limit_exceeded: () => 'the expression is nested too deep or has too many parts',
}

function soften(summary: string): string {
  return /^[A-Z][a-z]/.test(summary) ? summary.charAt(0).toLowerCase() + summary.slice(1) : summary
}
