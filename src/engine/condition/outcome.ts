import { findPlannedStep, listMainSteps } from '../../../crds/planned-steps.ts'
import { isFinal, isSatisfied, wantsOutcome } from '../needs.ts'
import {
  type ConditionedRun,
  type ConditionedStep,
  type ConditionVerdict,
  met,
  open,
  type StateOf,
  unmet,
} from './verdict.ts'

/**
 * Whether what the step asks about ended as it asks. That a need of a main step failed which has to succeed is no
 * condition: src/engine/needs.ts skips the step for it, and what depends on it too.
 */
export function judgeOutcome(step: ConditionedStep, run: ConditionedRun, stateOf?: StateOf): ConditionVerdict {
  const { conditional = {} } = step
  const outcome = wantsOutcome(conditional) ?? 'Always'
  if (outcome === 'Always') return met
  const main = findMainSteps(step, run)
  if (main === undefined && outcome === 'Success') return met
  const asked = main ?? step.dependsOn ?? []
  if (stateOf === undefined || asked.some((name) => !isFinal(stateOf(name)))) return open
  const [failed] = asked.filter((name) => !isSatisfied(stateOf(name)))
  if ((failed !== undefined) === (outcome === 'Failure')) return met
  return unmet(conditional.outcome === undefined ? 'onSuccess' : 'outcome', describe(failed, main !== undefined))
}

function describe(failed: string | undefined, isFinally: boolean): string {
  if (failed !== undefined) return `runs only where all steps succeeded, and ${failed} did not`
  return `runs only where ${isFinally ? 'a step of the run' : 'a step that it depends on'} failed, and none did`
}

/** Names of the main steps, for a step of finally: that is what it asks about. */
function findMainSteps({ name }: ConditionedStep, { spec: { plan } }: ConditionedRun): readonly string[] | undefined {
  if (plan === undefined || findPlannedStep(plan, name)?.isFinally !== true) return undefined
  return listMainSteps(plan).map((step) => step.name)
}
