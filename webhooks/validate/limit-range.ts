import { resolveResources } from '../../crds/defaults.ts'
import { podNames } from '../../crds/labels.ts'
import type { PlanStep } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { nameServiceContainer } from '../../crds/service-container.ts'
import { resolveServiceResources } from '../../crds/service-defaults.ts'
import { shipperResources, toCloneResources } from '../../src/engine/queue/overhead.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import {
  findLimitFaults,
  fitContainer,
  type LimitFault,
  type LimitRange,
  type SizedContainer,
} from '../../src/lib/limit-range.ts'

/** Steps whose pods a LimitRange would refuse whenever they are made, c8s's own containers among them. */
export function validateLimits(
  plan: Pick<Plan, 'steps' | 'finally'>,
  at: string,
  ranges: readonly LimitRange[],
): readonly FieldError[] {
  if (ranges.length === 0) return []
  const lists = ['steps', 'finally'] as const
  return lists.flatMap((list) =>
    (plan[list] ?? []).flatMap((step, index) => validateStep(step, `${at}.${list}[${index}]`, ranges)),
  )
}

/** All legs of a step are of one size. */
function validateStep(step: PlanStep, path: string, ranges: readonly LimitRange[]): readonly FieldError[] {
  if (step.image === undefined) return []
  return findLimitFaults(listContainers(step, ranges), ranges).map((fault) => refuseStep(step.name, path, fault))
}

function listContainers(step: PlanStep, ranges: readonly LimitRange[]): readonly SizedContainer[] {
  const resources = resolveResources(step)
  const services = (step.services ?? []).map((service) => ({
    name: nameServiceContainer(service.name),
    // Native sidecars count beside the step.
    isInit: false,
    resources: resolveServiceResources(service),
  }))
  const clone = {
    name: podNames.cloneContainer,
    isInit: true,
    resources: fitContainer(toCloneResources(resources), ranges),
  }
  return [
    { name: podNames.stepContainer, isInit: false, resources },
    { name: podNames.shipContainer, isInit: false, resources: fitContainer(shipperResources, ranges) },
    ...services,
    ...(step.clone === false ? [] : [clone]),
  ]
}

const ownContainers: ReadonlySet<string> = new Set([podNames.shipContainer, podNames.cloneContainer])

function refuseStep(step: string, path: string, { range, resource, container, says }: LimitFault): FieldError {
  const isOurs = container !== undefined && ownContainers.has(container)
  const its = isOurs ? `c8s's own container ${container}` : `its container ${container ?? ''}`
  const who = container === undefined ? "with c8s's own containers its pod" : its
  return {
    path: `${path}.resources.${resource}`,
    code: 'LimitImpossible',
    message: `step "${step}" can never start: ${who} ${says} of ${resource} by LimitRange "${range}"`,
    hint: isOurs
      ? 'have the LimitRange changed: c8s cannot work with that'
      : 'ask for another amount, or have the LimitRange changed',
  }
}
