import type { PullRequest } from '../../lib/forge-event.ts'
import { findId, findNumber, findText, findValue, readCommit, readId, readNumber, readText } from './answers.ts'
import type { FoundComment } from './comments.ts'
import type { ForgeAnswer } from './conversation.ts'
import type { FolderEntry } from './pipeline-files.ts'

/** Shapes that GitHub, Gitea and Forgejo have in common. */

/** Links and submodules are left out. */
export function readEntry(entry: unknown): FolderEntry | readonly FolderEntry[] {
  if (findText(entry, 'type') !== 'file') return []
  const size = findNumber(entry, 'size')
  return { path: readText(entry, 'path'), ...(size === undefined ? {} : { size }) }
}

export interface PullRequestReading {
  readonly isFork: boolean
  /** Whether its commits come from another repository. */
  readonly isElsewhere: boolean
  readonly branch: string
}

/** A pull request; where it comes from is told differently by each forge. */
export function readPullRequest(body: unknown, { isFork, isElsewhere, branch }: PullRequestReading): PullRequest {
  const number = readNumber(body, 'number')
  const author = findText(body, 'user.login')
  const headRepository = isElsewhere ? findText(body, 'head.repo.clone_url') : undefined
  const url = findText(body, 'html_url')
  return {
    number,
    title: findText(body, 'title') ?? '',
    isFork,
    commit: readCommit(body, 'head.sha'),
    branch,
    targetBranch: readText(body, 'base.ref'),
    ref: `refs/pull/${number}/head`,
    ...(author === undefined ? {} : { author }),
    ...(headRepository === undefined ? {} : { headRepository }),
    ...(url === undefined ? {} : { url }),
  }
}

/** The author is user:<id>, or app:<id> and app:<client id> where an app wrote it for itself. */
export function readComment(comment: unknown): FoundComment {
  const app = findValue(comment, 'performed_via_github_app')
  const isOfApp = app !== undefined && findText(comment, 'user.type') === 'Bot'
  const names = [`app:${findId(app, 'id')}`, `app:${findText(app, 'client_id')}`]
  return {
    id: readId(comment, 'id'),
    text: findText(comment, 'body') ?? '',
    authors: isOfApp ? names : [`user:${findId(comment, 'user.id')}`],
  }
}

/** Whether a permission of GitHub or Gitea lets somebody push; undefined where the forge did not tell. */
export function readPermission(answer: ForgeAnswer): boolean | undefined {
  if (answer.status === 403 || answer.status === 404) return undefined
  return ['owner', 'admin', 'maintain', 'write'].includes(readText(answer.body, 'permission'))
}

export function readDefaultBranch(answer: ForgeAnswer): string | undefined {
  return findText(answer.body, 'default_branch')
}

/** The URL and the events of a webhook, and whether everything beside them is as wanted. */
export function readHook(hook: unknown, events: readonly string[]) {
  const told = findValue(hook, 'events')
  const hasEvents = Array.isArray(told) && events.every((event) => told.includes(event))
  return {
    id: readId(hook, 'id'),
    url: findText(hook, 'config.url') ?? '',
    isRight: hasEvents && findValue(hook, 'active') === true && findText(hook, 'config.content_type') === 'json',
  }
}
