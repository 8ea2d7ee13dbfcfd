import type { GitError } from '../../git/run.ts'
import type { AgentReport, CloneOptions } from '../../lib/agent-options.ts'

/** A clone that cannot be, with the sentence for its user. */
export class CloneProblem extends Error {
  readonly reason: AgentReport['reason']

  constructor(reason: AgentReport['reason'], message: string) {
    super(message)
    this.reason = reason
  }
}

/** Says which is wrong: the repository, the commit, the credential, or the way there. */
export function toProblem(error: GitError, options: CloneOptions): CloneProblem {
  const { repository, commit, authDirectory } = options
  const has = authDirectory !== undefined
  switch (error.failure) {
    case 'authentication':
      return new CloneProblem(
        'AuthenticationFailed',
        has
          ? `${repository} does not accept the credential, or the credential may not read it: ${error.message}`
          : `${repository} wants a credential and has been given none, or there is no such repository`,
      )
    case 'hostKey':
      return new CloneProblem(
        'AuthenticationFailed',
        `the host key of ${repository} is not the one in known_hosts of the credential`,
      )
    case 'repository':
      return new CloneProblem('RepositoryNotFound', `there is no repository at ${repository}: ${error.message}`)
    case 'commit':
    case 'refused':
      return new CloneProblem('CommitNotFound', `there is no commit ${commit} in ${repository}${describeHint(options)}`)
    case 'network':
    case 'stopped':
    case 'tooMuch':
      return new CloneProblem('CloneFailed', `${repository} cannot be reached: ${error.message}`)
    case 'disk':
      return new CloneProblem('CloneFailed', `no room left for a clone of ${repository}`)
    case 'other':
      return new CloneProblem('CloneFailed', `cloning ${repository} failed: ${error.message}`)
  }
}

function describeHint({ branch, tag, ref }: CloneOptions): string {
  if (ref !== undefined) return ` (${ref})`
  if (branch !== undefined) return ` (branch ${branch})`
  return tag === undefined ? '' : ` (tag ${tag})`
}
