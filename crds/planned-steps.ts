import type { PlanStep, Step } from './parts/step.ts'
import type { Plan } from './pipeline-run.ts'

/**
 * A step as it is carried out: of a step with a matrix, one leg. Its name is unique in the run, its needs are names of other
 * planned steps, and nothing is left in it to be filled in.
 */
export interface PlannedStep extends Step {
  /** The step of the pipeline that it is a leg of. */
  readonly of?: string
  /** Dimension → value of the leg. */
  readonly values?: Readonly<Record<string, string>>
}

type StepLists = Pick<Plan, 'steps' | 'finally'>

/** The steps that are carried out first, in plan order. */
export function listMainSteps({ steps }: StepLists): readonly PlannedStep[] {
  return steps.flatMap(listLegs)
}

/** The steps that are carried out at the end. */
export function listFinallySteps({ finally: last = [] }: StepLists): readonly PlannedStep[] {
  return last.flatMap(listLegs)
}

export function listPlannedSteps(plan: StepLists): readonly PlannedStep[] {
  return [...listMainSteps(plan), ...listFinallySteps(plan)]
}

function listLegs({ legs: _legs, ...step }: PlanStep): readonly PlannedStep[] {
  return [step]
}
