import type { PipelineRun } from '../../../crds/kinds.ts'
import { isUnapproved, judgeTrust } from '../../../crds/trust.ts'
import { compareAge } from '../../engine/concurrency/age.ts'

/**
 * Of several runs of one pipeline at one commit only the newest is what the forge shows. Anybody may open a pull request whose
 * head is a commit of the repository, or of somebody else: its run, in which steps may be left out, says nothing where there is
 * one that is trusted.
 */
export function findSpeaker(runs: readonly PipelineRun[]): PipelineRun | undefined {
  const sorted = runs.toSorted(compareAge)
  return sorted.findLast((run) => !isOfStranger(run)) ?? sorted.at(-1)
}

/** One that is rejected has no plan that would say so. */
function isOfStranger(run: PipelineRun): boolean {
  return isUnapproved(run) || (run.spec.rejected !== undefined && judgeTrust(run.spec.event) !== undefined)
}
