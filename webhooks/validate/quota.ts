import { measureStep } from '../../src/engine/queue/demand.ts'
import { countsSteps } from '../../src/engine/queue/quota-scope.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { ResourceQuota } from '../../src/lib/kubernetes.ts'
import { formatQuantity, parseQuantity } from '../../src/lib/quantity.ts'
import type { StepPart } from './pipeline-parts.ts'

/** Steps that do not fit a quota even when nothing else runs in the namespace: they could never start. */
export function validateQuota(steps: readonly StepPart[], quotas: readonly ResourceQuota[]): readonly FieldError[] {
  const limits = quotas
    .filter((quota) => countsSteps(quota))
    .flatMap((quota) =>
      Object.entries(quota.spec?.hard ?? {}).map(([name, hard]) => ({ quota: quota.metadata.name ?? '', name, hard })),
    )
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
