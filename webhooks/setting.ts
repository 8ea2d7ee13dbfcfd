import { annotations, labels } from '../crds/labels.ts'
import type { PolicyReading, Terms } from '../crds/policy/terms.ts'
import { findUsual } from '../crds/policy/usual.ts'
import type { UsualAmounts } from '../crds/usual.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import type { LimitRange } from '../src/lib/limit-range.ts'
import type { FactNeeds, Facts } from './facts.ts'

/** What an administrator has set for the namespace of a request. */
export interface NamespaceSetting {
  readonly namespace: string
  /** Absent where the namespace has no label. */
  readonly policy?: PolicyReading
  readonly limitRanges: readonly LimitRange[]
  /** Whether the NetworkPolicy that the policy asks for is there; only told where it asks for one and for Jobs. */
  readonly hasNetworkPolicy?: boolean
}

/** Value of the namespace's label; undefined where it is under no policy. */
export function findPolicyName(namespaceLabels: Readonly<Record<string, string>>): string | undefined {
  return namespaceLabels[labels.policy]
}

/** What steps are held to. A policy that cannot be used refuses them by itself. */
export function toTerms({ setting }: Facts, isUntrusted: boolean): Terms {
  const { policy } = setting ?? {}
  return { ...(policy?.kind === 'usable' ? { policy } : {}), isUntrusted }
}

/** What holds in the namespace where a step says nothing. */
export function findUsualAmounts(facts: Facts, isUntrusted: boolean): UsualAmounts | undefined {
  return findUsual(toTerms(facts, isUntrusted), facts.setting?.limitRanges ?? [])
}

/** The part of the needs that is not answered yet; what was read live answers everything. */
export function pickNewSetting(wanted: FactNeeds['setting'], facts: Facts): FactNeeds {
  const isKnown = facts.setting !== undefined && (wanted === 'near' || facts.isSettingLive === true)
  return wanted === undefined || isKnown ? {} : { setting: wanted }
}

/** There may be many namespaces, and nothing else of them is looked at. */
export function keepLabels({ metadata }: KubeObject): KubeObject {
  const { name, uid, labels: own, annotations: notes } = metadata
  const quotaPolicy = notes?.[annotations.quotaPolicy]
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
      ...(own === undefined ? {} : { labels: own }),
      ...(quotaPolicy === undefined ? {} : { annotations: { [annotations.quotaPolicy]: quotaPolicy } }),
    },
  }
}
