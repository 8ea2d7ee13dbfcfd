import { isFinal } from '../needs.ts'
import type { StepState } from '../step/step-state.ts'
import type { Outcome, RunView } from '../view.ts'

/** One reason why a run is where it is; undefined where it is another rule's to say. */
export interface PlanRule {
  readonly id: string
  decide(view: RunView): Outcome | undefined
}

export function listMain({ steps }: RunView): readonly StepState[] {
  return steps.filter(({ isFinally }) => !isFinally)
}

export function listFinally({ steps }: RunView): readonly StepState[] {
  return steps.filter(({ isFinally }) => isFinally)
}

export function isOpen(state: StepState): boolean {
  return !isFinal(state)
}

/** Names of the steps that may be started now. */
export function listReady(states: readonly StepState[]): readonly string[] {
  return states.filter((state) => isOpen(state) && state.nextAttempt !== undefined).map(({ step }) => step.name)
}

/** A few names, for a sentence. */
export function listNames(states: readonly StepState[], most = 5): string {
  const names = states.slice(0, most).map(({ step }) => step.name)
  return `${names.join(', ')}${states.length > most ? ` and ${states.length - most} more` : ''}`
}
