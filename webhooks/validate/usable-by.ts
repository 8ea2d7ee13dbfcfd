import { isGlobMatch } from '../../src/lib/glob.ts'

/** Who asks to use a Secret, as far as its annotation `c8s.dev/usable-by` can name it. */
export interface GrantContext {
  readonly config?: string
  readonly connection?: string
  /** `any` while it is not known yet, as when a config is written. */
  readonly branch?: string | typeof anyBranch
}

export const anyBranch = Symbol('any branch')

export type Grant =
  | { readonly granted: false }
  /** `onlyOnBranch`: granted for the sake of the branch, so the checkout must prove that the commit is on it. */
  | { readonly granted: true; readonly onlyOnBranch: boolean }

interface Term {
  readonly kind: 'config' | 'connection' | 'branch'
  readonly value: string
}

const kinds = ['config', 'connection', 'branch'] as const

/**
 * Reads the annotation: terms of one kind are alternatives, the kinds that occur must all match, `*` is everybody. A
 * term that cannot be read grants nothing, and nothing else in that annotation does either: it was meant to limit.
 */
export function judgeGrant(annotation: string | undefined, context: GrantContext): Grant {
  const texts = (annotation ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '')
  if (texts.length === 0) return { granted: false }
  const terms = texts.filter((text) => text !== '*').map(parseTerm)
  if (terms.includes(undefined)) return { granted: false }
  const known = terms.filter((term) => term !== undefined)
  if (known.length === 0) return { granted: true, onlyOnBranch: false }
  const asked = kinds.filter((kind) => known.some((term) => term.kind === kind))
  const granted = asked.every((kind) => known.some((term) => term.kind === kind && matches(term, context)))
  return granted ? { granted, onlyOnBranch: asked.includes('branch') } : { granted }
}

function parseTerm(text: string): Term | undefined {
  const colon = text.indexOf(':')
  const kind = kinds.find((known) => known === text.slice(0, colon))
  const value = text.slice(colon + 1).trim()
  return kind === undefined || value === '' ? undefined : { kind, value }
}

function matches({ kind, value }: Term, context: GrantContext): boolean {
  const actual = context[kind]
  if (actual === undefined || actual === '') return false
  if (actual === anyBranch) return true
  return kind === 'branch' ? isGlobMatch(value, actual) : value === actual
}
