import { isDeepStrictEqual } from 'node:util'
import type { PodSpec, Toleration } from '../../src/lib/kubernetes.ts'
import type { Injection, InjectionFacts } from './injection.ts'
import { changeSpec } from './place.ts'

/**
 * Where the pod may go, as the plan and the policy of the namespace say. A step that has a service account has its token,
 * too: that is what the account is for.
 */
export const placement: Injection = {
  id: 'placement',
  version: 1,
  appliesTo: (_template, { placement: wanted = {} }) => Object.keys(wanted).length > 0,
  apply: (template, { placement: wanted = {} }) => changeSpec(template, renderChange(template.spec, wanted)),
}

function renderChange(
  { nodeSelector, tolerations = [] }: PodSpec,
  wanted: NonNullable<InjectionFacts['placement']>,
): Partial<PodSpec> {
  const added = (wanted.tolerations ?? []).filter((one) => !hasToleration(tolerations, one))
  return {
    // What a user's own pod says stays, so that the validating webhook can refuse it.
    ...(wanted.nodeSelector === undefined ? {} : { nodeSelector: { ...wanted.nodeSelector, ...nodeSelector } }),
    ...(added.length === 0 ? {} : { tolerations: [...tolerations, ...added] }),
    ...(wanted.serviceAccountName === undefined ? {} : { serviceAccountName: wanted.serviceAccountName }),
  }
}

function hasToleration(tolerations: readonly Toleration[], wanted: Toleration): boolean {
  return tolerations.some((one) => isDeepStrictEqual(one, wanted))
}
