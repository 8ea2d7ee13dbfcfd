import { isMeantToRun } from '../approval.ts'
import type { Gate } from './gate.ts'

/** The step's own condition holds. */
export const condition: Gate = {
  id: 'condition',
  judge({ step }, { snapshot }) {
    if (isMeantToRun(step, snapshot.run)) return undefined
    const message = `runs only on branches that match ${step.conditional?.branch ?? ''}`
    return { kind: 'skip', reason: 'ConditionNotMet', message, skippedBy: 'branch' }
  },
}
