import type { ResourceQuota } from '../../lib/kubernetes.ts'

interface ScopeRequirement {
  readonly scopeName: string
  readonly operator: string
  readonly values?: readonly string[]
}

/**
 * Whether a quota counts the pods of steps: they have a deadline and requests, and the PriorityClass of their run
 * (https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes). One with a scope that is not known here
 * is left to the API server.
 */
export function countsSteps({ spec }: ResourceQuota, priorityClass?: string): boolean {
  const named = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }))
  return [...named, ...readSelector(spec?.scopeSelector)].every((requirement) => meets(requirement, priorityClass))
}

/** An empty list means that something is written there which selects nothing that is known. */
function readSelector(selector: unknown): readonly ScopeRequirement[] {
  if (selector === undefined || selector === null) return []
  const { matchExpressions } = selector as { matchExpressions?: readonly ScopeRequirement[] }
  return Array.isArray(matchExpressions) && matchExpressions.length > 0 ? matchExpressions : [unknown]
}

const unknown: ScopeRequirement = { scopeName: '', operator: '' }

function meets({ scopeName, operator, values = [] }: ScopeRequirement, priorityClass: string | undefined): boolean {
  if (scopeName === 'Terminating' || scopeName === 'NotBestEffort') return operator === 'Exists'
  if (scopeName !== 'PriorityClass') return false
  if (operator === 'Exists') return priorityClass !== undefined
  if (operator === 'DoesNotExist') return priorityClass === undefined
  const isListed = priorityClass !== undefined && values.includes(priorityClass)
  return operator === 'In' ? isListed : operator === 'NotIn' && !isListed
}
