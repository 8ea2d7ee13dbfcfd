import type { StartingEvent } from '../../engine/trigger/select.ts'
import type { PullRequest } from '../../lib/forge-event.ts'
import type { ChangeRange } from '../../vcs/calls.ts'
import { ForgeError } from '../forge.ts'
import type { Work } from './work.ts'

/** The files that changed, as the forge says; undefined where it cannot. Throws ForgeError where it can later. */
export async function listChanges(work: Work, range: ChangeRange): Promise<readonly string[] | undefined> {
  const forge = await work.openForge()
  try {
    return await forge.listChanges(range)
  } catch (error) {
    // Such as the earlier commit being gone after a forced push: rather a run too many.
    if (error instanceof ForgeError && !error.isPassing) return undefined
    throw error
  }
}

export function toRange(event: StartingEvent): ChangeRange {
  if (event.kind === 'pullRequest') return toPullRequestRange(event.pullRequest)
  const { before, commit } = event
  return { kind: 'push', commit, ...(before === undefined ? {} : { before }) }
}

export function toPullRequestRange({ number, commit, targetBranch }: PullRequest): ChangeRange {
  return { kind: 'pullRequest', number, commit, targetBranch }
}
