import type { Conditional } from '../../crds/parts/conditional.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan, StepPhase } from '../../crds/pipeline-run.ts'
import { findPlannedStep, listMainSteps } from '../../crds/planned-steps.ts'

/** As much of a step's status as its dependents look at; a row of status.steps fits. */
export interface NeedState {
  readonly phase: StepPhase
  readonly reason?: string | undefined
}

export type NeedsVerdict =
  | { readonly kind: 'met' }
  | { readonly kind: 'waiting'; readonly on: readonly string[] }
  | { readonly kind: 'unmet'; readonly steps: readonly string[] }

const finalPhases: ReadonlySet<string> = new Set<StepPhase>(['Succeeded', 'Failed', 'Cancelled', 'Skipped'])

export function isFinal(state: { readonly phase: string } | undefined): boolean {
  return state !== undefined && finalPhases.has(state.phase)
}

/** A step whose own condition did not hold counts as done; one that was skipped for another cause does not. */
export function isSatisfied(state: NeedState | undefined): boolean {
  return state?.phase === 'Succeeded' || (state?.phase === 'Skipped' && state.reason === 'ConditionNotMet')
}

/** How what a step asks about must have ended; undefined where the step does not say. */
export function wantsOutcome({ outcome, onSuccess }: Conditional): Conditional['outcome'] {
  return outcome ?? (onSuccess === undefined ? undefined : onSuccess ? 'Success' : 'Always')
}

/**
 * Whether what a step depends on has ended, and whether it succeeded where it has to. That something failed where it has to
 * fail is a condition: src/engine/condition/outcome.ts.
 */
export function judgeNeeds(step: Step, stateOf: (name: string) => NeedState | undefined): NeedsVerdict {
  const needs = step.dependsOn ?? []
  const failed = needs.filter((need) => isFinal(stateOf(need)) && !isSatisfied(stateOf(need)))
  const hasToSucceed = (wantsOutcome(step.conditional ?? {}) ?? 'Success') === 'Success'
  if (failed.length > 0 && hasToSucceed) return { kind: 'unmet', steps: failed }
  const open = needs.filter((need) => !isFinal(stateOf(need)))
  return open.length > 0 ? { kind: 'waiting', on: open } : { kind: 'met' }
}

/**
 * Whether a step may start, by the run's status as it is stored: what admission asks before it lets a Job through.
 * Answers the names of the steps that stand in the way; undefined where the plan has no such step.
 */
export function findBlockers(
  plan: Plan,
  rows: readonly (NeedState & { readonly name: string })[],
  name: string,
): readonly string[] | undefined {
  const states = new Map(rows.map((row) => [row.name, row]))
  const stateOf = (need: string) => states.get(need)
  const found = findPlannedStep(plan, name)
  if (found === undefined) return undefined
  const open = found.isFinally ? listMainSteps(plan).filter((other) => !isFinal(stateOf(other.name))) : []
  const verdict = judgeNeeds(found.step, stateOf)
  const needs = verdict.kind === 'met' ? [] : verdict.kind === 'waiting' ? verdict.on : verdict.steps
  return [...open.map((other) => other.name), ...needs]
}
