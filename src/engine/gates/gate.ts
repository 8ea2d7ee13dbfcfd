import type { Plan } from '../../../crds/pipeline-run.ts'
import type { Instant } from '../../lib/clock.ts'
import type { StepReason } from '../reasons.ts'
import type { Snapshot } from '../snapshot.ts'
import type { StepState } from '../step/step-state.ts'

export interface GateContext {
  readonly snapshot: Snapshot
  readonly plan: Plan
  /** Steps that come earlier in the order of need are settled already. */
  readonly stateOf: (name: string) => StepState | undefined
  /** All steps, as far as they are settled. */
  readonly states: () => Iterable<StepState>
}

/** What a gate says to a step that has no Job yet. */
export type GateAnswer =
  /** It never runs. */
  | { readonly kind: 'skip'; readonly reason: StepReason; readonly message: string; readonly skippedBy?: string }
  /** Not now. */
  | {
      readonly kind: 'wait'
      readonly reason?: StepReason
      readonly message?: string
      readonly recheckAt?: Instant
      readonly waitingSince?: string
    }
  /** It is over without a Job. */
  | {
      readonly kind: 'end'
      readonly phase: 'Succeeded' | 'Failed'
      readonly reason: StepReason
      readonly message?: string
      readonly row?: Partial<StepState>
    }

/** What only gates say of a step that waits: said anew each time, and forgotten once no gate does. */
export const waitReasons: ReadonlySet<string> = new Set<StepReason>([
  'AwaitingApproval',
  'ConcurrencyGroup',
  'MaxParallel',
  'QuotaExceeded',
])

/** One thing that must let a step through before its Job is made. */
export interface Gate {
  /** The name of its file. */
  readonly id: string
  /** Also asked before each further attempt of a step that has had a Job; only for what holds for the moment, such as room. */
  readonly isForEachAttempt?: boolean
  /** Undefined: go on to the next gate. */
  judge(state: StepState, context: GateContext): GateAnswer | undefined
}
