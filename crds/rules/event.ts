import type { FieldError } from '../../src/lib/field-error.ts'
import type { PipelineRunSpec } from '../pipeline-run.ts'
import { isFullCommit } from '../trust.ts'
import type { SpecRule } from './rule.ts'

/** A run that tells why nothing can run has nothing to run, and something that asked for it. */
export const rejectedStandsAlone: SpecRule<PipelineRunSpec> = (spec, at) => {
  const { rejected, event, pipelineConfigRef, pipelineSpec } = spec
  if (rejected === undefined) return []
  const isLone = pipelineConfigRef === undefined && pipelineSpec === undefined
  const pipeline = 'excludes pipelineConfigRef and pipelineSpec: exactly one of the three must be given'
  return [
    ...(isLone ? [] : [{ path: `${at}.rejected`, code: 'Invalid' as const, message: pipeline }]),
    ...(event === undefined
      ? [{ path: `${at}.event`, code: 'Required' as const, message: 'must be given beside rejected' }]
      : []),
  ]
}

/** What the trust in a commit is told from must be whole, and say one thing only. */
export const eventFits: SpecRule<PipelineRunSpec> = ({ event, branch }, at): FieldError[] => {
  if (event === undefined) return []
  const path = `${at}.event.pullRequest`
  const { type, pullRequest } = event
  if (type === 'pullRequest' && pullRequest === undefined) {
    return [{ path, code: 'Required', message: 'must be given for an event of type pullRequest' }]
  }
  if (pullRequest === undefined) return []
  if (type !== 'pullRequest') {
    return [{ path, code: 'Invalid', message: `is only for events of type pullRequest, not ${type}` }]
  }
  if (branch === undefined) return []
  if (pullRequest.fork) {
    const message = 'a run of a fork has no branch: whatever its branch is called, it is none of this repository'
    return [{ path: `${at}.branch`, code: 'Invalid', message, hint: 'leave branch out' }]
  }
  if (branch === pullRequest.branch) return []
  return [{ path: `${at}.branch`, code: 'Invalid', message: 'must be the branch that the pull request comes from' }]
}

/** The approval that a new run brings with it; later ones are for ../pipeline-run.update.ts. */
export const soundApproval: SpecRule<PipelineRunSpec> = ({ approvedCommit, commit, event, rejected }, at) => {
  const path = `${at}.approvedCommit`
  if (approvedCommit === undefined) return []
  if (event === undefined || rejected !== undefined) {
    const message = 'nothing waits for approval: only the commits of pull requests do'
    return [{ path, code: 'Invalid', message, hint: 'leave it out' }]
  }
  if (isFullCommit(commit) && approvedCommit === commit) return []
  return [{ path, code: 'Invalid', message: 'must be spec.commit, in full: an approval is for exactly one commit' }]
}
