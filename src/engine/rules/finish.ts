import { formatDuration } from '../../lib/duration.ts'
import { infrastructureReasons } from '../reasons.ts'
import type { StepState } from '../step/step-state.ts'
import type { Outcome, RunView } from '../view.ts'
import type { PlanRule } from './rule.ts'

/** Every step has ended: the run's result. */
export const finish: PlanRule = {
  id: 'finish',
  decide: (view) => ({ start: [], ...(judgeStop(view) ?? judgeFailures(view) ?? judgeSuccess(view)) }),
}

type Result = Omit<Outcome, 'start'>

/** A stop counts only where it kept a step from its own end: a run that was just done is what its steps are. */
function judgeStop(view: RunView): Result | undefined {
  const stopped = view.steps.find(({ reason }) => reason === 'RunCancelled' || reason === 'RunTimedOut')
  if (stopped === undefined) return undefined
  if (stopped.reason === 'RunCancelled') {
    if (view.stopping?.cause === 'Superseded') {
      return { phase: 'Cancelled', reason: 'Superseded', message: view.stopping.message }
    }
    return { phase: 'Cancelled', reason: 'Cancelled', message: 'the run was cancelled' }
  }
  const message = `the run took longer than its timeout of ${formatDuration(view.plan.timeoutSeconds)}`
  return { phase: 'Failed', reason: 'TimedOut', message }
}

function judgeFailures({ steps }: RunView): Result | undefined {
  const ended = steps.filter(({ phase }) => phase === 'Failed' || phase === 'Cancelled')
  // Legs that another one stopped add nothing to what that one failed of.
  const failed = ended.filter(({ reason }) => reason !== 'MatrixFailedFast')
  const told = failed.find((state) => !isInfrastructure(state)) ?? failed[0]
  if (told === undefined) return undefined
  const more = failed.length > 1 ? ` (and ${failed.length - 1} more)` : ''
  return {
    phase: 'Failed',
    reason: failed.every(isInfrastructure) ? 'InfrastructureError' : 'StepFailed',
    message: `${nameStep(told)} failed: ${told.message ?? told.reason ?? 'no reason is known'}${more}`,
  }
}

/** `leg test-22-debian of test`. */
function nameStep({ step: { name, of } }: StepState): string {
  return of === undefined ? `step ${name}` : `leg ${name} of ${of}`
}

function isInfrastructure({ reason }: StepState): boolean {
  return reason !== undefined && infrastructureReasons.has(reason)
}

function judgeSuccess({ steps }: RunView): Result {
  const skipped = steps.filter(({ phase }) => phase === 'Skipped').length
  const reused = steps.filter(({ reason }) => reason === 'Reused').length
  const count = steps.length - skipped - reused
  const rest = `${reused > 0 ? `, ${reused} taken over` : ''}${skipped > 0 ? `, ${skipped} skipped` : ''}`
  const message = `${count} ${count === 1 ? 'step' : 'steps'} succeeded${rest}`
  return { phase: 'Succeeded', reason: 'Succeeded', message }
}
