import type { PlannedStep } from '../../../crds/planned-steps.ts'
import { resolveServiceResources } from '../../../crds/service-defaults.ts'
import { type Amounts, measureStep } from './demand.ts'

/** What the pod of a step will count. Services run beside the step, in the same pod. */
export function measurePlanned({ image, resources = {}, clone, services = [] }: PlannedStep): Amounts {
  // An approval alone and a call have no pod.
  if (image === undefined) return new Map()
  const beside = services.map(resolveServiceResources)
  return measureStep({ resources, clones: clone !== false, beside })
}
