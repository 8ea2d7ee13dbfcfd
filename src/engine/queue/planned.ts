import type { PlannedStep } from '../../../crds/planned-steps.ts'
import { resolveServiceResources } from '../../../crds/service-defaults.ts'
import { type Amounts, measureStep } from './demand.ts'

/** What the pod of a step will count. Services run beside the step, in the same pod. */
export function measurePlanned({ resources = {}, clone, services = [] }: PlannedStep): Amounts {
  const beside = services.map(resolveServiceResources)
  return measureStep({ resources, clones: clone !== false, beside })
}
