import type { KubeObject, ResourceRequirements } from './kubernetes.ts'
import { formatQuantity, parseQuantity, type Quantity } from './quantity.ts'

type Amounts = Readonly<Record<string, string>>

interface LimitRangeItem {
  readonly type: string
  readonly min?: Amounts
  readonly max?: Amounts
  readonly default?: Amounts
  readonly defaultRequest?: Amounts
  readonly maxLimitRequestRatio?: Amounts
}

/** Kubernetes' LimitRange: what its admission plugin LimitRanger holds every new pod of the namespace to. */
export interface LimitRange extends KubeObject {
  readonly spec?: { readonly limits?: readonly LimitRangeItem[] }
}

const resources = ['cpu', 'memory'] as const
export type ComputeResource = (typeof resources)[number]

interface Bounds extends LimitRangeItem {
  /** Of the LimitRange. */
  readonly name: string
}

function listItems(ranges: readonly LimitRange[], type: 'Container' | 'Pod'): readonly Bounds[] {
  return ranges
    .toSorted((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1))
    .flatMap(({ metadata, spec }) =>
      (spec?.limits ?? []).flatMap((item) => (item.type === type ? [{ ...item, name: metadata.name ?? '' }] : [])),
    )
}

const read = (amounts: Amounts | undefined, resource: ComputeResource): Quantity | undefined =>
  parseQuantity(amounts?.[resource] ?? '')
const write = (quantity: Quantity, resource: ComputeResource) =>
  formatQuantity(quantity, resource === 'memory' ? 'binary' : 'decimal')

/** What a container that says nothing gets in such a namespace. */
export interface ContainerDefaults {
  readonly request?: string
  readonly limit?: string
}

/**
 * The defaults that somebody has set. Kubernetes itself fills in `default` with `max`, and `defaultRequest` with `default` or
 * `min`, when it stores a LimitRange; what looks like that was meant as a bound, and no step is to take all of it.
 */
export function findContainerDefaults(ranges: readonly LimitRange[], resource: ComputeResource): ContainerDefaults {
  const found = listItems(ranges, 'Container').map((item) => readDefaults(item, resource))
  return found.find(({ request, limit }) => request !== undefined || limit !== undefined) ?? {}
}

function readDefaults(item: Bounds, resource: ComputeResource): ContainerDefaults {
  const [limit, max, request, min] = [item.default, item.max, item.defaultRequest, item.min].map(
    (amounts) => amounts?.[resource],
  )
  const setLimit = limit === max ? undefined : limit
  const setRequest = request === limit || request === min ? setLimit : request
  return {
    ...(setRequest === undefined ? {} : { request: setRequest }),
    ...(setLimit === undefined ? {} : { limit: setLimit }),
  }
}

/** The amount, or the nearest that every container of the namespace may have. */
export function clampAmount(amount: string, ranges: readonly LimitRange[], resource: ComputeResource): string {
  const size = parseQuantity(amount) ?? 0n
  const items = listItems(ranges, 'Container')
  const fitted = fitUnder(
    raise(
      size,
      items.map(({ min }) => read(min, resource)),
    ),
    items,
    resource,
  )
  return fitted === size ? amount : write(fitted, resource)
}

/**
 * The sizes of a container of c8s's own as the namespace wants them: requests are raised to its least and to its ratio of
 * limit to request, limits of CPU are lowered to its most. Memory is not lowered: with less the container could not work.
 */
export function fitContainer(own: ResourceRequirements, ranges: readonly LimitRange[]): ResourceRequirements {
  const items = listItems(ranges, 'Container')
  if (items.length === 0) return own
  const fitted = resources.map((resource) => [resource, fitResource(own, items, resource)] as const)
  const pick = (list: 'request' | 'limit') => Object.fromEntries(fitted.map(([name, sizes]) => [name, sizes[list]]))
  return { requests: { ...own.requests, ...pick('request') }, limits: { ...own.limits, ...pick('limit') } }
}

function fitResource(own: ResourceRequirements, items: readonly Bounds[], resource: ComputeResource) {
  const least = items.map(({ min }) => read(min, resource))
  const wantedLimit = raise(read(own.limits, resource) ?? 0n, least)
  const limit = resource === 'cpu' ? fitUnder(wantedLimit, items, resource) : wantedLimit
  const byRatio = items.map(({ maxLimitRequestRatio }) =>
    divideUp(limit, read(maxLimitRequestRatio, resource), fine[resource]),
  )
  const request = raise(read(own.requests, resource) ?? 0n, [...least, ...byRatio])
  return { request: write(request, resource), limit: write(limit > request ? limit : request, resource) }
}

function raise(size: Quantity, least: readonly (Quantity | undefined)[]): Quantity {
  return least.reduce<Quantity>((most, one) => (one !== undefined && one > most ? one : most), size)
}

function fitUnder(size: Quantity, items: readonly Bounds[], resource: ComputeResource): Quantity {
  return items.reduce((least, { max }) => {
    const most = read(max, resource)
    return most !== undefined && most < least ? most : least
  }, size)
}

const one = 1_000_000_000n
/** Requests are whole thousandths of a CPU, or whole bytes. */
const fine = { cpu: 1_000_000n, memory: one } as const

function divideUp(limit: Quantity, ratio: Quantity | undefined, step: Quantity): Quantity | undefined {
  if (ratio === undefined || ratio <= 0n) return undefined
  const exact = (limit * one + ratio - 1n) / ratio
  return ((exact + step - 1n) / step) * step
}

/** A container of a pod, with requests and limits of CPU and memory. */
export interface SizedContainer {
  readonly name: string
  readonly isInit: boolean
  readonly resources: ResourceRequirements
}

/** Why LimitRanger would refuse a pod. */
export interface LimitFault {
  readonly range: string
  readonly resource: ComputeResource
  /** Absent where it is the pod as a whole. */
  readonly container?: string
  /** `asks for 20m, and at least 50m is wanted`. */
  readonly says: string
}

/** What LimitRanger would say of a pod: https://kubernetes.io/docs/concepts/policy/limit-range/ */
export function findLimitFaults(
  containers: readonly SizedContainer[],
  ranges: readonly LimitRange[],
): readonly LimitFault[] {
  const pod = { requests: addUp(containers, 'requests'), limits: addUp(containers, 'limits') }
  return [
    ...listItems(ranges, 'Container').flatMap((item) =>
      containers.flatMap(({ name, resources: own }) =>
        findFaults(own, item).map((fault) => ({ ...fault, container: name })),
      ),
    ),
    ...listItems(ranges, 'Pod').flatMap((item) => findFaults(pod, item)),
  ]
}

/** Containers side by side count together, those before them one by one. */
function addUp(containers: readonly SizedContainer[], list: 'requests' | 'limits'): Amounts {
  const sums = resources.map((resource) => {
    const size = (one: SizedContainer) => read(one.resources[list], resource) ?? 0n
    const beside = containers.filter(({ isInit }) => !isInit).reduce((sum, each) => sum + size(each), 0n)
    return [resource, write(raise(beside, containers.filter(({ isInit }) => isInit).map(size)), resource)]
  })
  return Object.fromEntries(sums)
}

function findFaults(sized: ResourceRequirements, item: Bounds): readonly LimitFault[] {
  return resources.flatMap((resource) => {
    const says = describeFault(sized, item, resource)
    return says === undefined ? [] : [{ range: item.name, resource, says }]
  })
}

function describeFault(sized: ResourceRequirements, item: Bounds, resource: ComputeResource): string | undefined {
  const [request, limit] = [read(sized.requests, resource) ?? 0n, read(sized.limits, resource) ?? 0n]
  const [min, max, ratio] = [item.min, item.max, item.maxLimitRequestRatio].map((list) => read(list, resource))
  const show = (size: Quantity) => write(size, resource)
  if (min !== undefined && request < min) return `asks for ${show(request)}, and at least ${show(min)} is wanted`
  if (max !== undefined && limit > max) return `has a limit of ${show(limit)}, and at most ${show(max)} is allowed`
  if (ratio !== undefined && ratio > 0n && limit * one > request * ratio) {
    return `has a limit of ${show(limit)} for a request of ${show(request)}, and the limit may be ${formatQuantity(ratio)} times the request`
  }
  return undefined
}
