import type { FieldError } from '../../src/lib/field-error.ts'
import type { ResourceRequirements } from '../../src/lib/kubernetes.ts'
import { formatQuantity, parseQuantity } from '../../src/lib/quantity.ts'
import { type JudgedUnder, listStrict, refuse } from './terms.ts'

const resources = ['cpu', 'memory'] as const

/** Whether the limits of the containers together are what one step may have. A container without a limit has no bounds. */
export function judgeResources(
  containers: readonly ResourceRequirements[],
  field: (resource: (typeof resources)[number]) => string,
  { judged, terms }: JudgedUnder,
): readonly FieldError[] {
  const strict = listStrict(terms)
  return resources.flatMap((resource) => {
    const most = findLeast(strict.flatMap(({ maxResources = {} }) => maxResources[resource] ?? []))
    if (most === undefined) return []
    const limits = containers.map(({ limits: own = {} }) => own[resource])
    const allowed = [`${most} of ${resource}`]
    if (limits.includes(undefined)) {
      return [refuse(judged, terms, { field: field(resource), says: `has no limit of ${resource}`, allowed })]
    }
    const sum = limits.reduce((total, limit) => total + (parseQuantity(limit ?? '') ?? 0n), 0n)
    if (sum <= (parseQuantity(most) ?? 0n)) return []
    const shown = formatQuantity(sum, resource === 'memory' ? 'binary' : 'decimal')
    return [refuse(judged, terms, { field: field(resource), says: `may use ${shown} of ${resource}`, allowed })]
  })
}

function findLeast(amounts: readonly string[]): string | undefined {
  const parsed = amounts.map((text) => ({ text, size: parseQuantity(text) ?? 0n }))
  return parsed.toSorted((a, b) => (a.size < b.size ? -1 : 1))[0]?.text
}
