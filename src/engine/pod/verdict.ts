import type { Instant } from '../../lib/clock.ts'
import type { StepReason } from '../reasons.ts'

/** When the step container ran; RFC 3339, as kubelet reported it. */
export interface ContainerTimes {
  readonly startTime?: string | undefined
  readonly completionTime?: string | undefined
}

/** The step container has not started. */
export interface Waiting {
  readonly kind: 'waiting'
  readonly reason: StepReason
  readonly message?: string | undefined
  /** When the same state would mean something else. */
  readonly recheckAt?: Instant | undefined
}

interface Running extends ContainerTimes {
  readonly kind: 'running'
  /** Where there is more to say than that it runs. */
  readonly reason?: StepReason
  readonly message?: string
}

/** The step's result is known and stands. */
export interface Ended extends ContainerTimes {
  readonly kind: 'ended'
  readonly phase: 'Succeeded' | 'Failed'
  readonly reason: StepReason
  readonly message?: string | undefined
  readonly exitCode?: number | undefined
}

/** The pod ended, or will, through no fault of the step, and without a result. */
export interface Lost {
  readonly kind: 'lost'
  /** What happened to the pod, as the rest of a sentence that begins with its name: `was evicted`. */
  readonly cause: string
  /** Whether the Job itself starts another pod; else another attempt has to. */
  readonly isReplaced: boolean
}

export type Verdict = Waiting | Running | Ended | Lost
