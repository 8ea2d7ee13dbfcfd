import { parseDuration } from '../../src/lib/duration.ts'
import { type ComputeResource, clampAmount, findContainerDefaults, type LimitRange } from '../../src/lib/limit-range.ts'
import { compareQuantities } from '../../src/lib/quantity.ts'
import { defaults } from '../defaults.ts'
import type { StepResources } from '../parts/resources.ts'
import type { UsualAmounts } from '../usual.ts'
import { listStrict, type Terms } from './terms.ts'

/** What holds in a namespace where a step says nothing: its policy, then its LimitRange, then c8s's own default within both. */
export function findUsual(terms: Terms, ranges: readonly LimitRange[]): UsualAmounts | undefined {
  if (terms.policy === undefined && ranges.length === 0) return undefined
  return {
    resources: { ...findAmounts('cpu', terms, ranges), ...findAmounts('memory', terms, ranges) },
    ...capTimeout('stepTimeout', terms),
    ...capTimeout('runTimeout', terms),
  }
}

const limitOf = { cpu: 'cpuLimit', memory: 'memoryLimit' } as const

function findAmounts(resource: ComputeResource, terms: Terms, ranges: readonly LimitRange[]): StepResources {
  const { defaultResources: own = {} } = terms.policy?.policy ?? {}
  const limit = limitOf[resource]
  const most = listStrict(terms).flatMap(({ maxResources = {} }) => maxResources[resource] ?? [])
  const cap = (amount: string) =>
    most.reduce((least, one) => ((compareQuantities(one, least) ?? 0) < 0 ? one : least), amount)
  const request = own[resource]
  if (request !== undefined) {
    const ownLimit = own[limit]
    return { [resource]: cap(request), ...(ownLimit === undefined ? {} : { [limit]: cap(ownLimit) }) }
  }
  const range = findContainerDefaults(ranges, resource)
  const usual = clampAmount(defaults[resource], ranges, resource)
  const asked = cap(range.request ?? (range.limit === undefined ? usual : smaller(usual, range.limit)))
  return { [resource]: asked, ...(range.limit === undefined ? {} : { [limit]: cap(range.limit) }) }
}

function smaller(a: string, b: string): string {
  return (compareQuantities(a, b) ?? 0) < 0 ? a : b
}

function capTimeout(field: 'stepTimeout' | 'runTimeout', terms: Terms): UsualAmounts {
  const usual = parseDuration(defaults[field]) ?? 0
  const shorter = listStrict(terms)
    .flatMap(({ maxTimeout }) => (maxTimeout === undefined ? [] : [maxTimeout]))
    .filter((text) => (parseDuration(text) ?? usual) < usual)
    .toSorted((a, b) => (parseDuration(a) ?? 0) - (parseDuration(b) ?? 0))
  return shorter[0] === undefined ? {} : { [field]: shorter[0] }
}
