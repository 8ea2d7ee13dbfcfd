import { isUnapproved } from '../../../crds/trust.ts'
import type { Instant } from '../../lib/clock.ts'
import type { CommentEvent, PullRequest } from '../../lib/forge-event.ts'
import type { Finding } from './finding.ts'
import { findNewest, isOfPullRequest, isStoppable, toReceived } from './known-runs.ts'
import type { EventRun } from './render-run.ts'

export interface ApprovalRequest {
  readonly event: Pick<CommentEvent, 'createdAt'>
  readonly pullRequest: PullRequest
  /** Of the connection. */
  readonly runs: readonly EventRun[]
  /** By c8s's clock. */
  readonly now: Instant
}

/**
 * Why a comment does not approve the head of its pull request; undefined where it does. Somebody who writes /ok-to-test
 * has read one commit, and its author may push another while they write. So the head counts only where it is the last
 * commit that c8s had seen of the pull request before the comment, or where the comment names its first digits.
 */
export function refuseApproval(named: string | undefined, request: ApprovalRequest): Finding | undefined {
  return named === undefined ? refuseUnseen(request) : refuseUnnamed(named, request)
}

function refuseUnseen({ event, pullRequest, runs, now }: ApprovalRequest): Finding | undefined {
  const written = Date.parse(event.createdAt)
  // By a clock that is behind the forge's, what was pushed after the comment would have been seen before it.
  if (written > now)
    return refuse(
      'ClocksDiffer',
      `by the clock of c8s the comment is of the future: write /ok-to-test ${pullRequest.commit}`,
    )
  // No comparison with NaN holds, so a comment without a time approves nothing.
  const seen = runs.filter(isOfPullRequest(pullRequest.number)).filter((run) => toReceived(run) < written)
  if (findNewest(seen)?.spec.commit === pullRequest.commit) return undefined
  return refuse(
    'PullRequestChanged',
    `the pull request changed at about the time of the comment: look at it again and write /ok-to-test ${pullRequest.commit}`,
  )
}

/** Two commits with the same first digits are quickly made: where c8s knows both, digits alone are not enough. */
function refuseUnnamed(named: string, { pullRequest, runs }: ApprovalRequest): Finding | undefined {
  const digits = named.toLowerCase()
  const { commit } = pullRequest
  if (!/^[0-9a-f]{7,64}$/.test(digits))
    return refuse('CommitInvalid', '/ok-to-test takes a commit: at least 7 of its hex digits')
  if (!commit.startsWith(digits))
    return refuse('PullRequestChanged', `the head of the pull request is ${commit}, not the commit that was approved`)
  const isShared = runs.some(({ spec }) => spec.commit !== commit && spec.commit.startsWith(digits))
  return isShared ? refuse('CommitInvalid', `several commits begin so: write /ok-to-test ${commit}`) : undefined
}

/** The runs that an approval of the head lets have their secrets. */
export function findRunsToApprove(pullRequest: PullRequest, runs: readonly EventRun[]): readonly EventRun[] {
  return runs
    .filter(isOfPullRequest(pullRequest.number))
    .filter((run) => run.spec.commit === pullRequest.commit && isStoppable(run) && isUnapproved(run))
}

/** Whether a person has approved that very commit of the pull request. */
export function wasApproved(pullRequest: PullRequest, runs: readonly EventRun[]): boolean {
  return runs
    .filter(isOfPullRequest(pullRequest.number))
    .some(({ spec }) => spec.commit === pullRequest.commit && spec.approvedCommit === pullRequest.commit)
}

function refuse(reason: string, message: string): Finding {
  return { verdict: 'Refused', reason, message }
}
