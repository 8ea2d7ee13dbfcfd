import type { StepStatus } from '../../../crds/pipeline-run.ts'
import { toTimestamp } from '../../lib/clock.ts'
import type { StepReason } from '../reasons.ts'
import type { JobRefusal, Snapshot } from '../snapshot.ts'
import type { StepState } from './step-state.ts'

/** What is known of a step that may be held up: the run as it is, and the step's row as it stands. */
export interface HoldUpFacts {
  readonly snapshot: Snapshot
  readonly last?: StepStatus | undefined
}

/** Since when a step has no room, no admission, or a Job that is kept suspended: the run's clock, once it goes, leaves that out. */
export function noteWait(
  { snapshot, last }: HoldUpFacts,
  reason: StepReason | undefined,
): Pick<StepState, 'waitingSince'> {
  const isHeldUp = reason === 'Suspended' || reason === 'AdmissionMissing' || reason === 'QuotaExceeded'
  const isNoted = isHeldUp && snapshot.run.status?.startTime !== undefined
  return { waitingSince: isNoted ? (last?.waitingSince ?? toTimestamp(snapshot.now)) : undefined }
}

/** A step whose Job, or run, was not taken for now: it is asked for again when its time has come. */
export function awaitCreation(facts: HoldUpFacts, base: StepState, refusal: JobRefusal): StepState {
  const { kind, message, retryAt, attempt } = refusal
  const isDue = facts.snapshot.now >= retryAt
  const refused: StepState = { ...base, reason: kind, message, ...noteWait(facts, kind), isRefused: true }
  return { ...refused, ...(isDue ? { nextAttempt: attempt } : { recheckAt: retryAt }) }
}
