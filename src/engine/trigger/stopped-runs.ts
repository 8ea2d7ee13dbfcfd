import type { GitRef, PullRequest } from '../../lib/forge-event.ts'
import { isOfPullRequest, isStoppable, isWaitingForApproval } from './known-runs.ts'
import type { EventRun } from './render-run.ts'

/** A pull request that is closed needs none of its runs. */
export function findRunsOfClosed({ number }: PullRequest, runs: readonly EventRun[]): readonly EventRun[] {
  return runs.filter(isOfPullRequest(number)).filter(isStoppable)
}

/** An approval is of one commit: what still waits for one after the next push waits in vain. */
export function findOutdatedRuns({ number, commit }: PullRequest, runs: readonly EventRun[]): readonly EventRun[] {
  return runs.filter(isOfPullRequest(number)).filter((run) => run.spec.commit !== commit && isWaitingForApproval(run))
}

/** Runs of pushes to a branch that is gone now; whether a pipeline wants them stopped is for the caller to say. */
export function findRunsOfDeleted(ref: GitRef, runs: readonly EventRun[]): readonly EventRun[] {
  if (ref.kind !== 'branch') return []
  return runs.filter((run) => run.spec.event.type === 'push' && run.spec.branch === ref.name && isStoppable(run))
}
