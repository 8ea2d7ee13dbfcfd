import type { PipelineRun } from '../../../crds/kinds.ts'
import type { PlannedStep } from '../../../crds/planned-steps.ts'
import { approvalTimeout, findApproval, isApprovalAlone, nameApproval } from '../../../crds/step-approvals.ts'
import { toTimestamp } from '../../lib/clock.ts'
import { parseDuration } from '../../lib/duration.ts'
import { findWithheldNeed } from '../approval.ts'
import { toInstant } from '../pod/container.ts'
import { toSentence } from '../pod/sentence.ts'
import type { Snapshot } from '../snapshot.ts'
import type { StepState } from '../step/step-state.ts'
import type { Gate, GateAnswer } from './gate.ts'

/** A person has let the step go on. A word that was given before the step's turn counts from then on. */
export const approval: Gate = {
  id: 'approval',
  judge(state, { snapshot }) {
    const { step } = state
    if (step.approval === undefined) return undefined
    const given = findApproval(snapshot.run.spec, step)
    // Nobody's time runs out while the run itself may not begin.
    if (given === undefined)
      return findWithheldNeed(snapshot.run) === undefined ? wait(state, snapshot) : { kind: 'wait' }
    const by = `by ${given.by ?? 'somebody'}`
    if (given.word === 'Rejected') return end('Failed', 'Rejected', `rejected ${by}`)
    return isApprovalAlone(step) ? end('Succeeded', 'Approved', `approved ${by}`) : undefined
  },
}

function end(
  phase: 'Succeeded' | 'Failed',
  reason: 'Approved' | 'Rejected' | 'ApprovalExpired',
  message: string,
): GateAnswer {
  return { kind: 'end', phase, reason, message }
}

function wait({ step, waitingSince }: StepState, { run, now }: Snapshot): GateAnswer {
  const since = waitingSince ?? toTimestamp(now)
  const timeout = step.approval?.timeout ?? approvalTimeout
  const expiresAt = (toInstant(since) ?? now) + (parseDuration(timeout) ?? 0) * 1000
  if (now >= expiresAt) return end('Failed', 'ApprovalExpired', `nobody approved it within ${timeout}`)
  const message = describeWait(run, step)
  return { kind: 'wait', reason: 'AwaitingApproval', message, waitingSince: since, recheckAt: expiresAt }
}

/** How many of the approvers are named. */
const shownApprovers = 5

/** What is to be looked at, who may answer, and how. */
function describeWait({ metadata, spec }: PipelineRun, step: PlannedStep): string {
  const { name = '', namespace = '' } = metadata
  const { approvers = [], fourEyes = false, message } = step.approval ?? {}
  const patch = JSON.stringify({ spec: { approvals: { [nameApproval(step)]: 'Approved' } } })
  const what = message === undefined ? '' : `: ${toSentence(message).replace(/\.$/, '')}`
  const others = fourEyes ? `, but not ${spec.triggeredBy ?? 'who asked for the run'}` : ''
  const command = `kubectl patch c8spr ${name} -n ${namespace} --type merge -p '${patch}'`
  return toSentence(`waits for approval${what}; ${describeApprovers(approvers)}${others} runs ${command}`, 2000)
}

function describeApprovers(approvers: readonly string[]): string {
  if (approvers.length === 0) return 'who has the verb approve'
  const more = approvers.length > shownApprovers ? ` and ${approvers.length - shownApprovers} more` : ''
  return `who has the verb approve and is one of ${approvers.slice(0, shownApprovers).join(', ')}${more}`
}
