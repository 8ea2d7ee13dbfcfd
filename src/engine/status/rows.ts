import type { StepStatus } from '../../../crds/pipeline-run.ts'
import { isFinal } from '../needs.ts'
import type { StepState } from '../step/step-state.ts'

/** A step's row in status.steps. A step that only waits for its needs has a short one: a run may have a thousand. */
export function renderRow(state: StepState): StepStatus {
  const { reason, message, attempt, jobName, podName, startTime, completionTime, exitCode, run } = state
  const end = isFinal(state) ? { completionTime, exitCode } : {}
  return omitUndefined({
    name: state.step.name,
    phase: state.phase,
    reason,
    message,
    attempt,
    jobName,
    podName,
    startTime,
    ...end,
    skippedBy: state.skippedBy,
    attempts: state.attempts === undefined ? undefined : [...state.attempts],
    retryAt: isFinal(state) ? undefined : state.retryAt,
    waitingSince: state.waitingSince,
    run,
  })
}

type Optional<T> = { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> }
type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }

/** The same object without its undefined fields: in JSON they are not there, so they must not be there when compared. */
export function omitUndefined<T extends object>(value: T): Present<T> & Optional<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Present<T> &
    Optional<T>
}
