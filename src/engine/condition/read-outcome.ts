import type { StepPhase } from '../../../crds/pipeline-run.ts'
import { findPlannedStep, listLegNames, listMainSteps } from '../../../crds/planned-steps.ts'
import { isFinal } from '../needs.ts'
import type { ConditionedRun, ConditionedStep, OutcomeState, StateOf } from './verdict.ts'

type PlanOfRun = NonNullable<ConditionedRun['spec']['plan']>

/** The first that a leg ended in is how all of them ended. */
const order: readonly StepPhase[] = ['Failed', 'Cancelled', 'Succeeded', 'Skipped']

/**
 * How each of the named steps of the pipeline ended; of one with a matrix the legs that the asking step depends on, as one.
 * A name that it does not depend on is left out. Undefined while one of them has not ended.
 */
export function readOutcomes(
  names: readonly string[],
  { step, plan, stateOf }: { readonly step: ConditionedStep; readonly plan: PlanOfRun; readonly stateOf: StateOf },
): ReadonlyMap<string, OutcomeState> | undefined {
  const reached = listReached(step, plan)
  const asked = new Map(names.map((name) => [name, listLegNames(plan, name).filter((leg) => reached.has(leg))]))
  const legs = [...asked.values()].flat()
  if (legs.some((leg) => !isFinal(stateOf(leg)))) return undefined
  return new Map(
    [...asked].flatMap(([name, of]) => {
      const folded = fold(of.flatMap((leg) => stateOf(leg) ?? []))
      return folded === undefined ? [] : [[name, folded]]
    }),
  )
}

function fold(states: readonly OutcomeState[]): OutcomeState | undefined {
  for (const phase of order) {
    const found = states.find((state) => state.phase === phase)
    if (found !== undefined) return found
  }
  return undefined
}

/** What has ended whenever the step's condition is judged. */
function listReached({ name, dependsOn = [] }: ConditionedStep, plan: PlanOfRun): ReadonlySet<string> {
  if (findPlannedStep(plan, name)?.isFinally === true) return new Set(listMainSteps(plan).map((main) => main.name))
  const reached = new Set(dependsOn)
  for (const each of reached) for (const need of findPlannedStep(plan, each)?.step.dependsOn ?? []) reached.add(need)
  return reached
}
