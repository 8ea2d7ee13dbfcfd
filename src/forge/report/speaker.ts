import type { PipelineRun } from '../../../crds/kinds.ts'
import { compareAge } from '../../engine/concurrency/age.ts'

/** Of several runs of one pipeline at one commit only the newest is what the forge shows. */
export function findSpeaker(runs: readonly PipelineRun[]): PipelineRun | undefined {
  return runs.toSorted(compareAge).at(-1)
}
