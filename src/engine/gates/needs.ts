import { judgeNeeds } from '../needs.ts'
import type { StepState } from '../step/step-state.ts'
import type { Gate, GateContext } from './gate.ts'

/** What the step depends on has ended, and as the step asks. */
export const needs: Gate = {
  id: 'needs',
  judge(state, { stateOf }) {
    const verdict = judgeNeeds(state.step, stateOf)
    if (verdict.kind === 'waiting') return { kind: 'wait' }
    if (verdict.kind === 'met') return undefined
    return { kind: 'skip', reason: 'NeedsNotMet', message: describeUnmet(verdict.steps, stateOf) }
  },
}

const verbs: Readonly<Record<string, string>> = { Failed: 'failed', Cancelled: 'was cancelled', Skipped: 'was skipped' }

function describeUnmet(names: readonly string[], stateOf: GateContext['stateOf']): string {
  const first = names.find((name) => stateOf(name)?.phase === 'Failed') ?? names[0] ?? ''
  const more = names.length > 1 ? ` (and ${names.length - 1} more)` : ''
  const phase: StepState['phase'] | undefined = stateOf(first)?.phase
  return `needs ${first}, which ${verbs[phase ?? ''] ?? 'did not succeed'}${more}`
}
