import type { Head } from '../../../crds/repository-connection.ts'
import type { GitRef, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import type { ForgeHead } from '../../vcs/calls.ts'
import type { Move } from './compare.ts'

/** How the event that c8s found by itself is called where deliveries carry the forge's name for theirs. */
export const foundEventName = 'head'

export interface Listed {
  readonly defaultBranch?: string
  readonly heads: readonly ForgeHead[]
  readonly pullRequests: readonly PullRequest[]
}

/** Everything that can move, under the ref by which it is remembered: branches and tags in full, pull requests by number. */
export function toListedHeads({ heads, pullRequests }: Listed): readonly Head[] {
  const branchesAndTags = heads.filter(({ ref }) => toGitRef(ref) !== undefined)
  return [...branchesAndTags, ...pullRequests.map((each) => ({ ref: toPullRef(each), commit: each.commit }))]
}

/** What a delivery would have told of the move. `message` is the commit's. */
export function toFoundEvent(move: Move, listed: Listed, message?: string): PushEvent | PullRequestEvent | undefined {
  const { ref, commit, before } = move
  const { defaultBranch } = listed
  const base = {
    delivery: toFoundDelivery(ref),
    name: foundEventName,
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
  }
  const pullRequest = listed.pullRequests.find((each) => toPullRef(each) === ref)
  if (pullRequest !== undefined) {
    const action = before === undefined ? 'opened' : 'updated'
    return { ...base, kind: 'pullRequest', action, pullRequest, ...toUrl(pullRequest) }
  }
  const gitRef = toGitRef(ref)
  if (gitRef === undefined) return undefined
  const told = { ...(before === undefined ? {} : { before }), ...(message === undefined ? {} : { message }) }
  return { ...base, kind: 'push', ref: gitRef, commit, ...told }
}

export function toFoundDelivery(ref: string): string {
  return `head:${ref}`
}

function toPullRef({ number }: PullRequest): string {
  return `pull/${number}`
}

function toUrl({ url }: PullRequest) {
  return url === undefined ? {} : { url }
}

function toGitRef(ref: string): GitRef | undefined {
  const { kind, name } = /^refs\/(?<kind>heads|tags)\/(?<name>.+)$/s.exec(ref)?.groups ?? {}
  if (name === undefined) return undefined
  return { kind: kind === 'heads' ? 'branch' : 'tag', name }
}
