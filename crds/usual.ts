import { compareQuantities } from '../src/lib/quantity.ts'
import type { StepResources } from './parts/resources.ts'
import type { Step } from './parts/step.ts'
import type { PipelineSpec } from './pipeline-config.ts'

/** What holds in a namespace where a step or pipeline leaves a field out, in place of c8s's own defaults. */
export interface UsualAmounts {
  readonly resources?: StepResources
  readonly stepTimeout?: string
  readonly runTimeout?: string
}

/** The pipeline with the usual amounts of its namespace written out; what it says itself stays. To be frozen then. */
export function applyUsual(spec: PipelineSpec, usual: UsualAmounts | undefined): PipelineSpec {
  if (usual === undefined) return spec
  const { steps, finally: last, timeout = usual.runTimeout } = spec
  const fill = (step: Step) => fillUsual(step, usual)
  return {
    ...spec,
    steps: steps.map(fill),
    ...(last === undefined ? {} : { finally: last.map(fill) }),
    ...(timeout === undefined ? {} : { timeout }),
  }
}

function fillUsual(step: Step, usual: UsualAmounts): Step {
  if (step.image === undefined) return step
  const resources = {
    ...step.resources,
    ...fillAmount(step.resources, usual.resources, 'cpu'),
    ...fillAmount(step.resources, usual.resources, 'memory'),
  }
  return {
    ...step,
    ...(Object.keys(resources).length === 0 ? {} : { resources }),
    ...(step.timeout === undefined && usual.stepTimeout !== undefined ? { timeout: usual.stepTimeout } : {}),
  }
}

const limitOf = { cpu: 'cpuLimit', memory: 'memoryLimit' } as const

/** A lone limit of the step below the usual request lowers the request, as with c8s's own defaults. */
function fillAmount(own: StepResources = {}, usual: StepResources = {}, resource: 'cpu' | 'memory'): StepResources {
  const limit = limitOf[resource]
  const request = usual[resource]
  if (own[resource] !== undefined || request === undefined) return {}
  const given = own[limit]
  if (given !== undefined) return { [resource]: (compareQuantities(given, request) ?? 1) < 0 ? given : request }
  const most = usual[limit]
  return { [resource]: request, ...(most === undefined ? {} : { [limit]: most }) }
}
