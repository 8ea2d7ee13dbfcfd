import { quoteValue } from '../src/lib/field-error.ts'
import { isAnyGlobMatch } from '../src/lib/glob.ts'
import type { RunEvent } from './parts/event.ts'
import type { Step } from './parts/step.ts'
import type { PipelineRunSpec, PipelineRunStatus, Plan } from './pipeline-run.ts'

/** As much of a run as tells whether a person approved its commit. A whole PipelineRun fits. */
export interface ApprovableRun {
  readonly spec: Pick<PipelineRunSpec, 'commit' | 'approvedCommit' | 'plan'>
  readonly status?: Pick<PipelineRunStatus, 'commit'> | undefined
}

type Untrusted = NonNullable<Plan['untrusted']>

/**
 * Why the commit of a run may have no Secret before a person has looked at it; undefined where it may. Told from the
 * event alone, whatever else the run says of itself: what counts is where the pull request comes from.
 */
export function judgeTrust(event: RunEvent | undefined, branches: readonly string[] = ['**']): Untrusted | undefined {
  if (event?.pullRequest === undefined) return undefined
  const { number, fork, branch } = event.pullRequest
  if (fork) {
    return { reason: 'ForkPullRequest', message: `pull request ${number} comes from a fork` }
  }
  if (isAnyGlobMatch(branches, branch)) return undefined
  const from = `from ${quoteValue(branch)}, which the pipeline's branches do not allow`
  return { reason: 'BranchNotAllowed', message: `pull request ${number} comes ${from}` }
}

/** SHA-1 and SHA-256 in full. */
export function isFullCommit(commit: string): boolean {
  return /^([a-f0-9]{40}|[a-f0-9]{64})$/.test(commit)
}

/** The run's commit in full; undefined while only its beginning is known. An approval is for this one alone. */
export function findFullCommit({ spec, status }: ApprovableRun): string | undefined {
  return isFullCommit(spec.commit) ? spec.commit : status?.commit
}

/** Whether a person approved exactly the commit that an untrusted run runs. */
export function isApproved(run: ApprovableRun): boolean {
  const { approvedCommit, plan } = run.spec
  return plan?.untrusted !== undefined && approvedCommit !== undefined && approvedCommit === findFullCommit(run)
}

/** Whether nothing of the run may have a Secret or a Git credential yet. */
export function isUnapproved(run: ApprovableRun): boolean {
  return run.spec.plan?.untrusted !== undefined && !isApproved(run)
}

/** Whether a step asks for a service account, or for nodes that are kept for others: nothing for code that nobody has looked at. */
export function isPlaced({
  serviceAccountName,
  tolerations = [],
}: Pick<Step, 'serviceAccountName' | 'tolerations'>): boolean {
  return serviceAccountName !== undefined || tolerations.length > 0
}
