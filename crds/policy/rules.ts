import { parseDuration } from '../../src/lib/duration.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import { compareQuantities } from '../../src/lib/quantity.ts'
import type { StepResources } from '../parts/resources.ts'
import { isCidr } from './cidr.ts'
import type { Egress, Policy, StrictTerms } from './document.ts'
import { isHost } from './image.ts'

/** What must hold across the fields of a policy that has the right shape. */
export function checkPolicy(policy: Policy): readonly FieldError[] {
  return [
    ...checkStrict(policy, ''),
    ...(policy.untrusted === undefined ? [] : checkStrict(policy.untrusted, 'untrusted.')),
    ...checkTolerations(policy),
    ...checkRequired(policy),
    ...checkDefaults(policy),
    ...checkEgress(policy.egress),
  ]
}

function invalid(path: string, message: string, hint?: string): FieldError {
  return { path, code: 'Invalid', message, ...(hint === undefined ? {} : { hint }) }
}

function checkStrict({ allowedImages = [], allowedRegistries = [], maxTimeout }: StrictTerms, at: string) {
  const images = allowedImages.flatMap((glob, index) => {
    const [first = ''] = glob.split('/')
    if (glob === '*' || first === '**' || (glob.includes('/') && isHost(first))) return []
    const message = `"${glob}" does not begin with a registry`
    return [invalid(`${at}allowedImages[${index}]`, message, 'write docker.io/library/node, ghcr.io/acme/** or **')]
  })
  const registries = allowedRegistries.flatMap((glob, index) =>
    glob.includes('/') ? [invalid(`${at}allowedRegistries[${index}]`, `"${glob}" is a path; a host is wanted`)] : [],
  )
  const isEmpty = maxTimeout !== undefined && (parseDuration(maxTimeout) ?? 0) <= 0
  return [...images, ...registries, ...(isEmpty ? [invalid(`${at}maxTimeout`, 'must be longer than nothing')] : [])]
}

function checkTolerations({ tolerations = [] }: Policy): readonly FieldError[] {
  return tolerations.flatMap(({ key, operator, value }, index) => {
    const at = `tolerations[${index}]`
    if (key === undefined && operator !== 'Exists') return [invalid(at, 'without a key operator must be Exists')]
    const isValued = operator === 'Exists' && value !== undefined
    return isValued ? [invalid(`${at}.value`, 'must be left out where operator is Exists')] : []
  })
}

function checkRequired({ nodeSelector: { allowed = {}, required = {} } = {} }: Policy): readonly FieldError[] {
  return Object.keys(required).flatMap((key) =>
    Object.hasOwn(allowed, key)
      ? [invalid(`nodeSelector.allowed[${key}]`, 'is required already: every pod has that one value')]
      : [],
  )
}

/** A default that is refused as too large would refuse every step that leaves it out. */
function checkDefaults({ defaultResources = {}, maxResources = {} }: Policy): readonly FieldError[] {
  return (['cpu', 'memory', 'cpuLimit', 'memoryLimit'] as const).flatMap((field) => {
    const value = defaultResources[field]
    const most = field.startsWith('cpu') ? maxResources.cpu : maxResources.memory
    const isAbove = value !== undefined && most !== undefined && (compareQuantities(value, most) ?? 0) > 0
    return [
      ...(isAbove ? [invalid(`defaultResources.${field}`, `${value} is more than maxResources has (${most})`)] : []),
      ...checkLimit(defaultResources, field),
    ]
  })
}

function checkLimit(resources: StepResources, field: keyof StepResources): readonly FieldError[] {
  if (field !== 'cpuLimit' && field !== 'memoryLimit') return []
  const limit = resources[field]
  if (limit === undefined) return []
  const request = resources[field === 'cpuLimit' ? 'cpu' : 'memory']
  if (request === undefined) return [invalid(`defaultResources.${field}`, 'needs the request beside it')]
  const isBelow = (compareQuantities(limit, request) ?? 0) < 0
  return isBelow ? [invalid(`defaultResources.${field}`, `${limit} is less than the request (${request})`)] : []
}

function checkEgress({ allow = [] }: Partial<Egress> = {}): readonly FieldError[] {
  return allow.flatMap(({ cidr, except = [], namespace }, index) => {
    const at = `egress.allow[${index}]`
    if ((cidr === undefined) === (namespace === undefined)) {
      return [invalid(at, 'must have cidr or namespace, and not both')]
    }
    const blocks = [
      ...(cidr === undefined ? [] : [{ path: `${at}.cidr`, block: cidr }]),
      ...except.map((block, place) => ({ path: `${at}.except[${place}]`, block })),
    ]
    const misplaced = cidr === undefined && except.length > 0 ? [invalid(`${at}.except`, 'belongs to a cidr')] : []
    const wrong = blocks.filter(({ block }) => !isCidr(block))
    return [...misplaced, ...wrong.map(({ path, block }) => invalid(path, `"${block}" is no block such as 10.0.0.0/8`))]
  })
}
