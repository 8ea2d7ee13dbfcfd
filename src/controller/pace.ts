import type { PipelineRun } from '../../crds/kinds.ts'

/** Runs of so many steps are told of each end at once. */
const smallRun = 100
/** For each step of a larger one. The API server needs about that for each row of a status that is written, in milliseconds. */
const restPerStepMs = 1
const longestRestMs = 1000

/**
 * How long a run is let alone after its status was written, in milliseconds: a write of a thousand rows costs the API server a hundred
 * times that of ten, and what ended meanwhile is told, and followed up, together.
 */
export function toRestMs({ status }: PipelineRun): number {
  const steps = status?.steps?.length ?? 0
  return steps <= smallRun ? 0 : Math.min(longestRestMs, steps * restPerStepMs)
}
