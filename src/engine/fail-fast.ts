import { listLegNames } from '../../crds/planned-steps.ts'
import type { Instant } from '../lib/clock.ts'
import type { GateContext } from './gates/gate.ts'
import { toInstant } from './pod/container.ts'
import type { StepReason } from './reasons.ts'
import type { StepState } from './step/step-state.ts'

/** That a step is to be stopped, and what is said of it then. */
export interface StopOrder {
  readonly reason: StepReason
  readonly message: string
  readonly since: Instant
}

/** Where the step's matrix is failFast and another leg has failed: the order to stop this one, whether it runs or not. */
export function findFailFast(
  { step }: StepState,
  { snapshot, plan, stateOf }: Pick<GateContext, 'snapshot' | 'plan' | 'stateOf'>,
): StopOrder | undefined {
  if (step.of === undefined || step.matrix?.failFast !== true) return undefined
  for (const name of listLegNames(plan, step.of)) {
    const leg = name === step.name ? undefined : stateOf(name)
    if (leg === undefined || !hasFailed(leg)) continue
    const message = `leg ${name} of ${step.of} failed, and its matrix is failFast`
    return { reason: 'MatrixFailedFast', message, since: toInstant(leg.completionTime) ?? snapshot.now }
  }
  return undefined
}

/** By itself: a leg that fails because it was stopped is Cancelled, and is so before it is recorded. */
function hasFailed({ phase, isRecorded, isStopped }: StepState): boolean {
  return phase === 'Failed' && (isRecorded || !isStopped)
}
