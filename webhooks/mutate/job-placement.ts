import type { PipelineRun } from '../../crds/kinds.ts'
import type { Placement } from '../../crds/policy/placement.ts'
import { listStrict } from '../../crds/policy/terms.ts'
import { isUnapproved } from '../../crds/trust.ts'
import type { Facts } from '../facts.ts'
import type { InjectionFacts } from '../inject/injection.ts'
import { toTerms } from '../setting.ts'
import type { StepOfRun } from './step-job.ts'

type SettingFacts = Pick<InjectionFacts, 'placement' | 'isNonRoot' | 'limitRanges'>

/**
 * What plan, policy and LimitRanges make of a step's pod. A commit that nobody has approved gets neither a service account
 * nor nodes that are kept for others.
 */
export function toStepPlacement({ run, step }: StepOfRun, facts: Facts): SettingFacts {
  const isOpen = isUnapproved(run)
  const { nodeSelector, tolerations, serviceAccountName } = step
  const own = isOpen ? { nodeSelector } : { nodeSelector, tolerations, serviceAccountName }
  const strict = listStrict(toTerms(facts, isOpen))
  const isNonRoot = strict.some(({ allowRunAsRoot }) => allowRunAsRoot === false)
  return { ...renderPlacement(own, facts), ...renderLimits(facts), ...(isNonRoot ? { isNonRoot } : {}) }
}

/** A user's own pod keeps what it says; what the policy requires of every pod comes to it. */
export function toOwnPlacement(facts: Facts): SettingFacts {
  return { ...renderPlacement({}, facts), ...renderLimits(facts) }
}

/** Whether the policy wants the restricted security context, at least for such a commit. */
export function isPolicyRestricted(run: PipelineRun, facts: Facts): boolean {
  return listStrict(toTerms(facts, isUnapproved(run))).some(({ securityLevel }) => securityLevel === 'restricted')
}

type Loose = { readonly [K in keyof Placement]: Placement[K] | undefined }

function renderPlacement({ nodeSelector, tolerations = [], serviceAccountName }: Loose, facts: Facts): SettingFacts {
  const { policy } = toTerms(facts, false)
  const selector = { ...nodeSelector, ...policy?.policy.nodeSelector?.required }
  const placement = {
    ...(Object.keys(selector).length === 0 ? {} : { nodeSelector: selector }),
    ...(tolerations.length === 0 ? {} : { tolerations }),
    ...(serviceAccountName === undefined ? {} : { serviceAccountName }),
  }
  return Object.keys(placement).length === 0 ? {} : { placement }
}

function renderLimits({ setting }: Facts): SettingFacts {
  const { limitRanges = [] } = setting ?? {}
  return limitRanges.length === 0 ? {} : { limitRanges }
}
