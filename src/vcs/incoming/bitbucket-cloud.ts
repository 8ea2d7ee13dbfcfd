import type { CommentEvent, ForgeEvent, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import {
  findCommit,
  findFlag,
  findId,
  findPage,
  findText,
  findValue,
  ignored,
  malformed,
  present,
  requireCommit,
  requireId,
  requireList,
  requireNumber,
  requireText,
  requireTime,
} from './fields.ts'
import { type Opened, readEach } from './payload.ts'
import { requireName } from './refs.ts'
import { findCloneUrl, listRepositoriesAt } from './repository-forms.ts'

const actions: Readonly<Record<string, PullRequestEvent['action']>> = {
  'pullrequest:created': 'opened',
  // Also told for a new title and the like: the run of the commit is there by then.
  'pullrequest:updated': 'updated',
  'pullrequest:fulfilled': 'closed',
  'pullrequest:rejected': 'closed',
}

/** Of a pull request it is the one that it is to be merged into. */
export function listCloudRepositories(payload: unknown): readonly string[] {
  return listRepositoriesAt(payload, ['repository.links.html.href'])
}

/** Undefined for an event that is not one of these. */
export function readCloudEvents(opened: Opened): readonly ForgeEvent[] | undefined {
  if (opened.name === 'repo:push') return readPush(opened)
  if (opened.name === 'pullrequest:comment_created') return [readComment(opened)]
  const action = Object.hasOwn(actions, opened.name) ? actions[opened.name] : undefined
  return action === undefined ? undefined : [readPullRequestEvent(opened, action)]
}

function readBase({ delivery, name, payload }: Opened) {
  return {
    delivery,
    name,
    sender: findText(payload, 'actor.nickname') ?? findText(payload, 'actor.display_name'),
    isPrivate: findFlag(payload, 'repository.is_private'),
    defaultBranch: findText(payload, 'repository.mainbranch.name'),
  }
}

/** One push may change many refs. */
function readPush(opened: Opened): readonly ForgeEvent[] {
  const changes = requireList(opened.payload, 'push.changes')
  return readEach(changes, (index) => readChange(opened, `push.changes.${index}`))
}

function readChange(opened: Opened, at: string): ForgeEvent {
  const { payload } = opened
  const isDeletion = findValue(payload, `${at}.new`) === null
  const base = { ...readBase(opened), url: findPage(payload, `${at}.links.html.href`) }
  if (isDeletion) return present<ForgeEvent>({ ...base, kind: 'deletion', ref: readRef(payload, `${at}.old`) })
  return present<PushEvent>({
    ...base,
    kind: 'push',
    ref: readRef(payload, `${at}.new`),
    commit: requireCommit(payload, `${at}.new.target.hash`),
    before: findCommit(payload, `${at}.old.target.hash`),
    message: findText(payload, `${at}.new.target.message`),
  })
}

function readRef(payload: unknown, at: string) {
  const kind = requireText(payload, `${at}.type`)
  if (kind !== 'branch' && kind !== 'tag' && kind !== 'annotated_tag')
    throw ignored(`${at} is neither a branch nor a tag`)
  return { kind: kind === 'branch' ? 'branch' : 'tag', name: requireName(payload, `${at}.name`) } as const
}

function readPullRequestEvent(opened: Opened, action: PullRequestEvent['action']): PullRequestEvent {
  return present<PullRequestEvent>({
    ...readBase(opened),
    kind: 'pullRequest',
    action,
    url: findPage(opened.payload, 'pullrequest.links.html.href'),
    pullRequest: readPullRequest(opened.payload),
  })
}

function readPullRequest(payload: unknown): PullRequest {
  const base = requireText(payload, 'pullrequest.destination.repository.full_name')
  // Null once the fork has been deleted.
  const isFork = findText(payload, 'pullrequest.source.repository.full_name') !== base
  const page = 'pullrequest.source.repository.links.html.href'
  return present<PullRequest>({
    number: requireNumber(payload, 'pullrequest.id'),
    title: findText(payload, 'pullrequest.title') ?? '',
    author: findText(payload, 'pullrequest.author.nickname') ?? findText(payload, 'pullrequest.author.display_name'),
    isFork,
    commit: requireStart(payload, 'pullrequest.source.commit.hash'),
    branch: requireName(payload, 'pullrequest.source.branch.name'),
    targetBranch: requireName(payload, 'pullrequest.destination.branch.name'),
    headRepository: isFork ? findCloneUrl(payload, [page]) : undefined,
    url: findPage(payload, 'pullrequest.links.html.href'),
  })
}

/** The hashes of pull requests have 12 digits. */
function requireStart(payload: unknown, path: string): string {
  const hash = requireText(payload, path)
  if (!/^[0-9a-f]{12,64}$/.test(hash)) throw malformed(`${path} is not a commit`)
  return hash
}

function readComment(opened: Opened): CommentEvent {
  const { payload } = opened
  if (findFlag(payload, 'comment.deleted') === true) throw ignored('the comment has been deleted')
  return present<CommentEvent>({
    ...readBase(opened),
    kind: 'comment',
    url: findPage(payload, 'comment.links.html.href'),
    number: requireNumber(payload, 'pullrequest.id'),
    comment: requireId(payload, 'comment.id'),
    text: findText(payload, 'comment.content.raw') ?? '',
    createdAt: requireTime(payload, 'comment.created_on'),
    // Names are for show here: anybody may take any.
    author: findId(payload, 'comment.user.account_id') ?? requireText(payload, 'comment.user.uuid'),
    pullRequest: readPullRequest(payload),
  })
}
