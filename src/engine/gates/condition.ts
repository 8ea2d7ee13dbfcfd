import { judgeCondition } from '../condition/judge-condition.ts'
import type { Gate } from './gate.ts'

/** The step's own condition holds. */
export const condition: Gate = {
  id: 'condition',
  judge({ step }, { snapshot, stateOf }) {
    const verdict = judgeCondition(step, snapshot.run, stateOf)
    if (verdict.kind === 'met') return undefined
    if (verdict.kind === 'open') return { kind: 'wait' }
    return { kind: 'skip', reason: 'ConditionNotMet', message: verdict.message, skippedBy: verdict.field }
  },
}
