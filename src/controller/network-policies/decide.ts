import { labels } from '../../../crds/labels.ts'
import type { PolicyReading } from '../../../crds/policy/terms.ts'
import { isSameJson } from '../../lib/json-equal.ts'
import { type NetworkPolicy, renderNetworkPolicy } from './render.ts'

export interface NamespaceView {
  readonly namespace: string
  /** Absent where the namespace is under no policy, or gone. */
  readonly policy: PolicyReading | undefined
  /** The NetworkPolicy of our name that is there. */
  readonly found: NetworkPolicy | undefined
}

export type Decision =
  | { readonly kind: 'none' }
  | { readonly kind: 'apply'; readonly object: NetworkPolicy }
  | { readonly kind: 'remove'; readonly uid: string }

const nothing: Decision = { kind: 'none' }

/** What is to be done with the NetworkPolicy of a namespace. One of our name that c8s did not make is left alone until it is needed. */
export function decide({ namespace, policy, found }: NamespaceView): Decision {
  if (policy?.kind === 'unusable') return nothing
  if (policy?.policy.egress === undefined) return removeOwn(found)
  const wanted = renderNetworkPolicy(namespace, policy.policy.egress)
  return found !== undefined && isAsWanted(found, wanted) ? nothing : { kind: 'apply', object: wanted }
}

function removeOwn(found: NetworkPolicy | undefined): Decision {
  const isOurs = found?.metadata.labels?.[labels.managedBy] === 'c8s'
  return isOurs ? { kind: 'remove', uid: found.metadata.uid ?? '' } : nothing
}

/** Only what c8s writes is compared: somebody may add rules for what comes in. */
function isAsWanted({ metadata, spec }: NetworkPolicy, wanted: NetworkPolicy): boolean {
  const isMarked = metadata.labels?.[labels.managedBy] === 'c8s'
  const fields = ['podSelector', 'policyTypes', 'egress'] as const
  return isMarked && fields.every((field) => isSameJson(spec?.[field], wanted.spec?.[field]))
}
