import type { Plan } from '../../crds/pipeline-run.ts'
import type { Instant } from '../lib/clock.ts'
import type { WithheldNeed } from './approval.ts'
import type { RunReason } from './reasons.ts'
import type { Snapshot } from './snapshot.ts'
import type { StepState } from './step/step-state.ts'

/** Why running steps are being stopped, and since when. */
export interface Stopping {
  /** Superseded: cancelled by c8s itself, in favour of a newer run of its concurrency group. */
  readonly cause: 'Cancelled' | 'Superseded' | 'TimedOut'
  /** The cause in words. */
  readonly message: string
  readonly since: Instant
}

/** What the rules look at: the snapshot, and every step settled as far as it can be without doing anything. */
export interface RunView {
  readonly snapshot: Snapshot
  readonly plan: Plan
  /** In plan order, finally steps last. */
  readonly steps: readonly StepState[]
  readonly stopping?: Stopping | undefined
  /** What the run must not have before a person approves its commit. */
  readonly withheld?: WithheldNeed | undefined
  /** Sum of the pauses that are over, for status. */
  readonly pausedSeconds?: number | undefined
  /** When the run's time is over, once its clock has started; undefined while it stands still. */
  readonly deadline?: Instant | undefined
}

/** A rule's answer. What it leaves out stays as it is. */
export interface Outcome {
  /** Names of the steps whose Jobs are to be created. */
  readonly start: readonly string[]
  readonly phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Cancelled'
  readonly reason: RunReason
  readonly message: string
}
