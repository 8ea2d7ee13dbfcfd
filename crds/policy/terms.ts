import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import type { Policy, StrictTerms } from './document.ts'

/** A policy that can be used. */
export interface UsablePolicy {
  readonly kind: 'usable'
  readonly name: string
  /** `name@` and twelve hex digits of the SHA-256 of its text: what a run was judged by. */
  readonly id: string
  readonly policy: Policy
}

/** A policy that is missing or wrong: nothing may run under it. */
interface UnusablePolicy {
  readonly kind: 'unusable'
  readonly name: string
  /** Why, in a sentence without a full stop that names the ConfigMap. */
  readonly message: string
}

export type PolicyReading = UsablePolicy | UnusablePolicy

/** What a step or Job is held to. */
export interface Terms {
  /** Absent in a namespace without a policy. */
  readonly policy?: UsablePolicy
  /** Whether the commit is one that nobody has approved yet. */
  readonly isUntrusted: boolean
}

/** The strict fields that hold: the policy's own, and those for untrusted commits besides. */
export function listStrict({ policy, isUntrusted }: Terms): readonly StrictTerms[] {
  if (policy === undefined) return []
  const { untrusted } = policy.policy
  return isUntrusted && untrusted !== undefined ? [policy.policy, untrusted] : [policy.policy]
}

export interface Judged {
  /** Path of the object that is judged. */
  readonly at: string
  /** `step "test"`, `container "main"`. */
  readonly what: string
}

export interface JudgedUnder {
  readonly judged: Judged
  readonly terms: Terms
}

interface Refused {
  /** The field below the judged object; empty for the whole of it. */
  readonly field: string
  /** What it does, as it follows its name: `tolerates gpu`. */
  readonly says: string
  readonly allowed?: readonly string[]
}

/** `step "test" tolerates gpu, which policy "ci" does not allow (allowed: ci=true:NoSchedule)`. */
export function refuse({ at, what }: Judged, { policy }: Terms, { field, says, allowed }: Refused): FieldError {
  const by =
    policy === undefined ? 'needs a policy of the namespace that allows it' : `policy "${policy.name}" does not allow`
  return {
    path: field === '' ? at : joinPath(at, field),
    code: 'PolicyForbidden',
    message: `${what} ${says}, which ${by}`,
    ...(allowed === undefined ? {} : { hint: renderAllowed(allowed) }),
  }
}

const mostShown = 5

function renderAllowed(allowed: readonly string[]): string {
  if (allowed.length === 0) return 'allowed: none'
  const more = allowed.length > mostShown ? ', …' : ''
  return `allowed: ${allowed.slice(0, mostShown).join(', ')}${more}`
}

export function quote(value: string): string {
  return quoteValue(value, 120)
}
