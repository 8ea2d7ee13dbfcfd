import type { Plan } from '../../crds/pipeline-run.ts'
import type { PriorityClass } from '../../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { type RunSource, readSpec } from './run-source.ts'

/** The PriorityClass that a run asks for, and where it says so. */
export interface AskedPriority {
  readonly name: string
  readonly path: string
}

/** What the run itself says goes before what its pipeline says. */
export function findAskedPriority(
  request: AdmissionRequest,
  { pipeline, config }: RunSource,
): AskedPriority | undefined {
  const own = toText(readSpec(request)['priorityClassName'])
  if (own !== undefined) return { name: own, path: 'spec.priorityClassName' }
  const name = toText(toRecord(pipeline)['priorityClassName'])
  const at = config === undefined ? 'spec.pipelineSpec' : 'spec.plan'
  return name === undefined ? undefined : { name, path: `${at}.priorityClassName` }
}

/** Those of Kubernetes' own components: nobody's pipeline is that urgent. */
export const reservedPriority = /^system-/

/** What is known nearby, but for a class that may have been made a moment ago. */
export function planPriorityReads(asked: AskedPriority | undefined, { queueing }: Facts): FactNeeds {
  const isMissing =
    asked !== undefined && queueing !== undefined && findClass(asked.name, queueing.priorityClasses) === undefined
  return { queueing: isMissing ? 'live' : 'near' }
}

/**
 * The priority to freeze: of the class that is asked for, else of the default of the cluster. A commit that nobody vouches
 * for has no say in it.
 */
export function freezePriority(
  asked: AskedPriority | undefined,
  plan: Plan,
  { queueing }: Facts,
): Pick<Plan, 'priority'> {
  const classes = queueing?.priorityClasses ?? []
  const isHeard = asked !== undefined && plan.untrusted === undefined
  const found = isHeard ? findClass(asked.name, classes) : findDefault(classes)
  return found === undefined ? {} : { priority: { className: found.metadata.name ?? '', value: found.value } }
}

export function findClass(name: string, classes: readonly PriorityClass[]): PriorityClass | undefined {
  return reservedPriority.test(name) ? undefined : classes.find(({ metadata }) => metadata.name === name)
}

/** Of several the API server takes the one with the smallest value. */
function findDefault(classes: readonly PriorityClass[]): PriorityClass | undefined {
  return classes.filter(({ globalDefault }) => globalDefault === true).toSorted((a, b) => a.value - b.value)[0]
}
