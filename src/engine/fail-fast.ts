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
export function findFailFast({ step }: StepState, context: GateContext): StopOrder | undefined {
  if (step.of === undefined || step.matrix?.failFast !== true) return undefined
  const leg = listFailed(step.of, context).find((failed) => failed.step.name !== step.name)
  if (leg === undefined) return undefined
  const message = `leg ${leg.step.name} of ${step.of} failed, and its matrix is failFast`
  return { reason: 'MatrixFailedFast', message, since: toInstant(leg.completionTime) ?? context.snapshot.now }
}

/** By step, in one pass: each leg asks for all others. What fails while the pass goes on is seen by the next one. */
const failed = new WeakMap<GateContext, Map<string, readonly StepState[]>>()

function listFailed(of: string, context: GateContext): readonly StepState[] {
  const known = failed.get(context) ?? new Map<string, readonly StepState[]>()
  failed.set(context, known)
  const found = known.get(of) ?? findFailed(of, context)
  known.set(of, found)
  return found
}

function findFailed(of: string, { plan, stateOf }: GateContext): readonly StepState[] {
  return listLegNames(plan, of).flatMap((name) => {
    const leg = stateOf(name)
    return leg !== undefined && hasFailed(leg) ? [leg] : []
  })
}

/** By itself: a leg that fails because it was stopped is Cancelled, and is so before it is recorded. */
function hasFailed({ phase, isRecorded, isStopped }: StepState): boolean {
  return phase === 'Failed' && (isRecorded || !isStopped)
}
