import type { ResourceRequirements } from '../../lib/kubernetes.ts'
import { compareQuantities } from '../../lib/quantity.ts'

/**
 * What c8s's own containers ask for. Public: the quota check counts it, and docs name it. Every compute resource that a
 * ResourceQuota may insist on is there, or such a namespace would refuse the pod.
 */
export const shipperResources = {
  requests: { cpu: '20m', memory: '32Mi' },
  limits: { cpu: '500m', memory: '128Mi' },
} as const satisfies ResourceRequirements

const leastForClone = {
  requests: { cpu: '50m', memory: '64Mi' },
  limits: { cpu: '500m', memory: '256Mi' },
} as const satisfies ResourceRequirements

type Amounts = Readonly<Record<string, string>>

/**
 * The clone runs before the step, and a pod is counted as the larger of the two: so it may have what the step has
 * without costing the team anything.
 */
export function toCloneResources(step: ResourceRequirements | undefined): ResourceRequirements {
  return {
    requests: takeLarger(leastForClone.requests, step?.requests ?? {}),
    limits: takeLarger(leastForClone.limits, step?.limits ?? {}),
  }
}

function takeLarger(least: Amounts, other: Amounts): Amounts {
  const pairs = Object.entries(least).map(([name, amount]) => {
    const offered = other[name]
    const isLarger = offered !== undefined && (compareQuantities(offered, amount) ?? 0) > 0
    return [name, isLarger ? offered : amount]
  })
  return Object.fromEntries(pairs)
}
