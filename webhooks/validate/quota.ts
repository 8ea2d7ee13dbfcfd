import { resolveResources } from '../../crds/defaults.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { ResourceQuota, ResourceRequirements } from '../../src/lib/kubernetes.ts'
import { formatQuantity, parseQuantity, type Quantity } from '../../src/lib/quantity.ts'
import { shipperResources, toCloneResources } from '../inject/overhead.ts'
import { toItems } from '../json.ts'
import type { StepPart } from './pipeline-parts.ts'

/** What one step asks of a ResourceQuota, by the names that quotas use. */
export type QuotaAmounts = ReadonlyMap<string, Quantity>

interface Dimension {
  readonly list: 'requests' | 'limits'
  readonly resource: 'cpu' | 'memory'
  /** Spellings of it in a quota. */
  readonly names: readonly string[]
}

const dimensions: readonly Dimension[] = [
  { list: 'requests', resource: 'cpu', names: ['requests.cpu', 'cpu'] },
  { list: 'requests', resource: 'memory', names: ['requests.memory', 'memory'] },
  { list: 'limits', resource: 'cpu', names: ['limits.cpu'] },
  { list: 'limits', resource: 'memory', names: ['limits.memory'] },
]

const one = parseQuantity('1') ?? 0n
const perStep = ['pods', 'count/pods', 'count/jobs.batch'] as const

/** A pod counts as the larger of its init containers and the sum of its containers; c8s's own are among them. */
export function measureStep({ resources, clones }: Pick<StepPart, 'resources' | 'clones'>): QuotaAmounts {
  const step: ResourceRequirements = resolveResources({ resources })
  const amounts = new Map<string, Quantity>(perStep.map((name) => [name, one]))
  for (const { list, resource, names } of dimensions) {
    const beside = add(step[list]?.[resource], shipperResources[list][resource])
    const before = clones ? (parseQuantity(toCloneResources(step)[list]?.[resource] ?? '0') ?? 0n) : 0n
    for (const name of names) amounts.set(name, beside > before ? beside : before)
  }
  return amounts
}

function add(a = '0', b = '0'): Quantity {
  return (parseQuantity(a) ?? 0n) + (parseQuantity(b) ?? 0n)
}

/** Steps that do not fit a quota even when nothing else runs in the namespace: they could never start. */
export function validateQuota(steps: readonly StepPart[], quotas: readonly ResourceQuota[]): readonly FieldError[] {
  const limits = quotas
    .filter(countsSteps)
    .flatMap((quota) =>
      Object.entries(quota.spec?.hard ?? {}).map(([name, hard]) => ({ quota: quota.metadata.name ?? '', name, hard })),
    )
  if (limits.length === 0) return []
  return steps.flatMap((step) => {
    const amounts = measureStep(step)
    return limits.flatMap(({ quota, name, hard }) => {
      const asked = amounts.get(name)
      const most = parseQuantity(hard)
      if (asked === undefined || most === undefined || asked <= most) return []
      const what = formatQuantity(asked, name.endsWith('memory') ? 'binary' : 'decimal')
      return [refuseStep(step, { quota, name, hard, asked: what })]
    })
  })
}

/** Step pods have a deadline and requests; a quota whose scope leaves such pods out does not count them. */
function countsSteps({ spec }: ResourceQuota): boolean {
  const scopes = toItems(spec?.scopes)
  return (
    spec?.scopeSelector === undefined && scopes.every((scope) => scope === 'Terminating' || scope === 'NotBestEffort')
  )
}

interface Excess {
  readonly quota: string
  readonly name: string
  readonly hard: string
  readonly asked: string
}

function refuseStep({ path, name: step }: StepPart, { quota, name, hard, asked }: Excess): FieldError {
  const resource = name.endsWith('cpu') ? '.resources.cpu' : name.endsWith('memory') ? '.resources.memory' : ''
  return {
    path: `${path}${resource}`,
    code: 'QuotaImpossible',
    message: `step "${step}" can never start: with c8s's own containers its pod asks for ${asked} of ${name}, and ResourceQuota "${quota}" has ${hard} in all`,
    hint: 'ask for less, or have the quota raised',
  }
}
