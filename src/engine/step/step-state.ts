import type { EarlierAttempt } from '../../../crds/parts/run-state.ts'
import type { StepPhase } from '../../../crds/pipeline-run.ts'
import type { PlannedStep } from '../../../crds/planned-steps.ts'
import type { Instant } from '../../lib/clock.ts'
import type { StepReason } from '../reasons.ts'

/** Something that would have to be stopped if the step were. */
export type Work =
  | { readonly kind: 'pod'; readonly name: string; readonly uid: string }
  | { readonly kind: 'job'; readonly name: string; readonly uid: string }
  /** The run of a called pipeline. */
  | { readonly kind: 'run'; readonly name: string; readonly uid: string }

/** What is known of one step: its last status, brought forward by its Jobs and pods. */
export interface StepState {
  readonly step: PlannedStep
  readonly isFinally: boolean
  readonly phase: StepPhase
  /** The phase is final and stands in the run's status: nothing changes it any more. */
  readonly isRecorded: boolean
  readonly reason?: StepReason | undefined
  readonly message?: string | undefined
  /** How many pods the step has had, its Jobs' replacements counted. */
  readonly attempt?: number | undefined
  readonly jobName?: string | undefined
  readonly podName?: string | undefined
  readonly startTime?: string | undefined
  readonly completionTime?: string | undefined
  readonly exitCode?: number | undefined
  /** Field of the condition that skipped it. */
  readonly skippedBy?: string | undefined
  /** Attempts before this one, newest first. */
  readonly attempts?: readonly EarlierAttempt[] | undefined
  /** When the next attempt starts. */
  readonly retryAt?: string | undefined
  /** Since when it waits for a person, or is held up while the run's clock would go. */
  readonly waitingSince?: string | undefined
  /** Its Job was not taken, which may pass: why, and since when, stands until it is. */
  readonly isRefused?: boolean | undefined
  /** The run that the step is, or was taken over from. */
  readonly run?: string | undefined
  /** Its shipper died, so that its log may lack lines. */
  readonly isLogIncomplete: boolean
  readonly commit?: string | undefined
  /** Attempt of the Job to create when the step may start; undefined while it has one. */
  readonly nextAttempt?: number | undefined
  /** Created, not yet ended, and nobody has begun to stop it. */
  readonly work: readonly Work[]
  /** The part of work that must be stopped now. */
  readonly unwanted: readonly Work[]
  /** Its Job or pod has been told to end: whatever comes now is not the step's own doing. */
  readonly isStopped: boolean
  /** Nothing of it can run any more. */
  readonly isQuiet: boolean
  /** When the same Jobs and pods would mean something else. */
  readonly recheckAt?: Instant | undefined
}
