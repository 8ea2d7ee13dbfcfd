import type { EventType } from '../../../crds/parts/event.ts'
import { refPattern } from '../../../crds/patterns.ts'
import { checkRef } from '../../../crds/rules/branches.ts'
import { quoteValue } from '../../lib/field-error.ts'
import {
  type CommentEvent,
  type ForgeEvent,
  isFullCommit,
  type PullRequest,
  type PushEvent,
} from '../../lib/forge-event.ts'
import type { Command } from './commands.ts'
import type { Finding } from './finding.ts'

/** What a run is for, whichever pipeline it runs. Text in it comes from strangers. */
export interface RunCause {
  readonly type: EventType
  /** In full. */
  readonly commit: string
  /** Of this repository. */
  readonly branch?: string
  readonly tag?: string
  readonly pullRequest?: PullRequest
  /** Where one commit is run again on purpose: id of the comment, moment of the schedule, token of the request. */
  readonly occasion?: string
  readonly command?: string
  readonly delivery?: string
  readonly sender?: string
  readonly title?: string
  readonly url?: string
  readonly before?: string
  /** All files that changed; absent where nobody can tell. */
  readonly changedFiles?: readonly string[] | undefined
  readonly isPrivate?: boolean
}

export function describePush(event: PushEvent): RunCause {
  const { ref, commit, message, before } = event
  return {
    ...describeEvent(event),
    ...(ref.kind === 'tag' ? { type: 'tag', tag: ref.name } : { type: 'push', branch: ref.name }),
    commit,
    ...(message === undefined ? {} : { title: message }),
    ...(before === undefined ? {} : { before }),
  }
}

/** A run of a fork has no branch: `main` of a fork is nobody's main. */
export function describePullRequest(pullRequest: PullRequest, event: ForgeEvent): RunCause {
  const { commit, branch, isFork, title, url } = pullRequest
  return {
    ...(url === undefined ? {} : { url }),
    ...describeEvent(event),
    type: 'pullRequest',
    commit,
    pullRequest,
    title,
    ...(isFork ? {} : { branch }),
  }
}

export function describeCommand(command: Command, pullRequest: PullRequest, event: CommentEvent): RunCause {
  const { comment, sender, author } = event
  const asked = describePullRequest(pullRequest, event)
  return { ...asked, occasion: comment, command: command.text, sender: sender ?? author }
}

function describeEvent({ delivery, sender, url, isPrivate }: ForgeEvent) {
  return {
    delivery,
    ...(sender === undefined ? {} : { sender }),
    ...(url === undefined ? {} : { url }),
    ...(isPrivate === undefined ? {} : { isPrivate }),
  }
}

const legalRef = new RegExp(refPattern)

/** Why no run can carry this; git allows names that a run does not. */
export function findCauseProblem({ commit, branch, tag, pullRequest }: RunCause): Finding | undefined {
  if (!isFullCommit(commit)) return ignore('CommitInvalid', `${quoteValue(commit)} is not a commit in full`)
  if (pullRequest !== undefined && !(Number.isSafeInteger(pullRequest.number) && pullRequest.number >= 1))
    return ignore('PullRequestInvalid', 'the pull request has no number')
  const names = [branch, tag, pullRequest?.branch, pullRequest?.targetBranch]
  const problem = names.map(findRefProblem).find((found) => found !== undefined)
  return problem === undefined ? undefined : ignore('RefUnsupported', problem)
}

function findRefProblem(name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  if (!isLegalRef(name)) return `${quoteValue(name)} is not the name of a branch or tag that c8s takes`
  return checkRef(name, '')[0]?.message
}

/** As the schema of a run has it. */
export function isLegalRef(name: string): boolean {
  return name.length <= 255 && legalRef.test(name)
}

function ignore(reason: string, message: string): Finding {
  return { verdict: 'Ignored', reason, message }
}
