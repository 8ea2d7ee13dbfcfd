import { listLegNames } from '../../../crds/planned-steps.ts'
import { isFinal } from '../needs.ts'
import type { StepState } from '../step/step-state.ts'
import type { Gate } from './gate.ts'

/** The other legs of the step leave a place: maxParallel. That a failed leg stops the others is src/engine/fail-fast.ts. */
export const matrix: Gate = {
  id: 'matrix',
  judge({ step }, { plan, stateOf }) {
    const most = step.matrix?.maxParallel
    if (most === undefined || step.of === undefined) return undefined
    let busy = 0
    for (const name of listLegNames(plan, step.of)) {
      const leg = stateOf(name)
      if (leg !== undefined && hasPlace(leg)) busy += 1
      if (busy >= most)
        return { kind: 'wait', reason: 'MaxParallel', message: `${most} legs of ${step.of} run at once` }
    }
    return undefined
  },
}

/**
 * Whether a leg takes one of its step's places: it has a Job, or was let through before. That it was let through stands in its
 * row before its Job is made, so a controller whose caches are behind gives no place twice.
 */
function hasPlace(leg: StepState): boolean {
  return !isFinal(leg) && (leg.jobName !== undefined || leg.run !== undefined || leg.reason === 'Starting')
}

/** A leg that has its place already, and whose Job may be there unseen: nothing is asked of it again. */
export function isLetThrough({ step, jobName, run, reason, nextAttempt }: StepState): boolean {
  const isBegun = jobName !== undefined || run !== undefined
  return step.matrix?.maxParallel !== undefined && !isBegun && reason === 'Starting' && nextAttempt !== undefined
}

/** The state of a step that all gates have let through; one whose legs are counted is marked. */
export function takePlace(state: StepState): StepState {
  const { step, jobName, run, nextAttempt } = state
  const isCounted = step.matrix?.maxParallel !== undefined && step.of !== undefined
  if (!isCounted || jobName !== undefined || run !== undefined || nextAttempt === undefined) return state
  return { ...state, reason: 'Starting', message: undefined }
}
