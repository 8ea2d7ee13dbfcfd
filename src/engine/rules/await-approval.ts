import { describeWithheld } from '../approval.ts'
import { isOpen, type PlanRule } from './rule.ts'

/** A run whose commit nobody vouches for starts nothing while a step of it would get a secret or a credential. */
export const awaitApproval: PlanRule = {
  id: 'await-approval',
  decide({ withheld, steps, snapshot }) {
    if (withheld === undefined || !steps.some(isOpen)) return undefined
    const message = describeWithheld(snapshot.run, withheld)
    return { start: [], phase: 'Pending', reason: 'ApprovalRequired', message }
  },
}
