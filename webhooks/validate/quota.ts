import { measureStep } from '../../src/engine/queue/demand.ts'
import { nameTeamQuota, type TeamQuota } from '../../src/engine/queue/quota-domains.ts'
import { countsSteps } from '../../src/engine/queue/quota-scope.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { ResourceQuota } from '../../src/lib/kubernetes.ts'
import { formatQuantity, parseQuantity } from '../../src/lib/quantity.ts'
import type { StepPart } from './pipeline-parts.ts'

export interface QuotaContext {
  /** Of the team that the namespace belongs to. */
  readonly teamQuotas?: readonly TeamQuota[]
  /** Of the run: some quotas count only pods of a class. */
  readonly priorityClass?: string
}

/** Steps that do not fit a quota even when nothing else runs in the namespace: they could never start. */
export function validateQuota(
  steps: readonly StepPart[],
  quotas: readonly ResourceQuota[],
  { teamQuotas = [], priorityClass }: QuotaContext = {},
): readonly FieldError[] {
  const counting = quotas.filter((quota) => countsSteps(quota, priorityClass))
  const limits = [
    ...counting.map(({ metadata, spec }) => [`ResourceQuota "${metadata.name ?? ''}"`, spec?.hard ?? {}] as const),
    ...teamQuotas.map(({ team, hard }) => [nameTeamQuota(team), hard] as const),
  ].flatMap(([quota, hards]) => Object.entries(hards).map(([name, hard]) => ({ quota, name, hard })))
  if (limits.length === 0) return []
  return steps
    .filter(({ isPodless }) => isPodless !== true)
    .flatMap((step) => {
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

interface Excess {
  /** As a person knows it. */
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
    message: `step "${step}" can never start: with c8s's own containers its pod asks for ${asked} of ${name}, and ${quota} has ${hard} in all`,
    hint: 'ask for less, or have the quota raised',
  }
}
