import { judgeNeeds, type NeedsVerdict } from '../needs.ts'
import type { StepState } from '../step/step-state.ts'
import type { Gate, GateContext } from './gate.ts'

/** What the step depends on has ended, and as the step asks. */
export const needs: Gate = {
  id: 'needs',
  judge(state, context) {
    const { stateOf } = context
    const verdict = judgeOnce(state, context)
    if (verdict.kind === 'waiting') return { kind: 'wait' }
    if (verdict.kind === 'met') return undefined
    return { kind: 'skip', reason: 'NeedsNotMet', message: describeUnmet(verdict.steps, stateOf) }
  },
}

/** In one pass, by the list of needs that legs of a step share: what they depend on is settled before the first of them. */
const verdicts = new WeakMap<GateContext, Map<readonly string[], NeedsVerdict>>()

/** A step may have as many legs as what it depends on, and each would ask for all of those. */
function judgeOnce({ step }: StepState, context: GateContext): NeedsVerdict {
  const { of, dependsOn } = step
  if (of === undefined || dependsOn === undefined) return judgeNeeds(step, context.stateOf)
  const known = verdicts.get(context) ?? new Map<readonly string[], NeedsVerdict>()
  verdicts.set(context, known)
  const verdict = known.get(dependsOn) ?? judgeNeeds(step, context.stateOf)
  known.set(dependsOn, verdict)
  return verdict
}

const verbs: Readonly<Record<string, string>> = { Failed: 'failed', Cancelled: 'was cancelled', Skipped: 'was skipped' }

function describeUnmet(names: readonly string[], stateOf: GateContext['stateOf']): string {
  const first = names.find((name) => stateOf(name)?.phase === 'Failed') ?? names[0] ?? ''
  const more = names.length > 1 ? ` (and ${names.length - 1} more)` : ''
  const phase: StepState['phase'] | undefined = stateOf(first)?.phase
  return `needs ${first}, which ${verbs[phase ?? ''] ?? 'did not succeed'}${more}`
}
