import type { ReusedStep } from '../../../crds/parts/run-state.ts'
import type { StepState } from './step-state.ts'

/** A step that an earlier run has done: it has succeeded from the start, without a Job of its own. */
export function foldReused(
  base: StepState,
  { run, jobName, podName, startTime, completionTime }: ReusedStep,
): StepState {
  const message = `taken over from run ${run}`
  // Where it has a container that returned 0, or it would not have succeeded; conditions may ask for that here as there.
  const exitCode = base.step.image === undefined ? undefined : 0
  const there = { run, jobName, podName, startTime, completionTime, exitCode }
  return { ...base, ...there, phase: 'Succeeded', reason: 'Reused', message }
}
