import type { CommentEvent, ForgeEvent, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import {
  findCommit,
  findFlag,
  findList,
  findNumber,
  findPage,
  findText,
  findValue,
  ignored,
  isZeros,
  present,
  requireCommit,
  requireId,
  requireNumber,
  requireText,
  requireTime,
} from './fields.ts'
import { nameIn, type Opened, parseDelivery } from './payload.ts'
import type { IncomingProvider } from './provider.ts'
import { requireName, requireRef } from './refs.ts'
import { findCloneUrl, listRepositoriesAt } from './repository-forms.ts'
import { isToken } from './signature.ts'
import { hasStandardSignature, isStandardSigned } from './standard-webhooks.ts'

/** GitLab.com and GitLab Self-Managed: webhooks of projects and groups, and system hooks. */
export const gitlab: IncomingProvider = {
  id: 'gitlab',
  // A token beside a signature does not count: it would make the signature worth nothing.
  verify: (delivery, secret, nowMs) =>
    hasStandardSignature(delivery)
      ? isStandardSigned(delivery, secret, nowMs)
      : isToken(delivery.headers['x-gitlab-token'], secret),
  parse: (delivery) =>
    parseDelivery(delivery, {
      // The same again when GitLab tries again, unlike the other two.
      idHeaders: ['idempotency-key', 'webhook-id', 'x-gitlab-event-uuid'],
      readName: nameIn('x-gitlab-event'),
      listRepositories: (payload) => listRepositoriesAt(payload, repositoryPaths),
      readEvents,
    }),
}

/** Of a merge request the project is its target. */
const repositoryPaths = ['git_http_url', 'git_ssh_url', 'web_url', 'http_url', 'ssh_url', 'url'].map(
  (name) => `project.${name}`,
)

/** 0 private, 10 for everybody with an account, 20 public. */
const publicLevel = 20

/** System hooks name the event only in the body. */
function readEvents(opened: Opened): readonly ForgeEvent[] {
  switch (findText(opened.payload, 'object_kind') ?? findText(opened.payload, 'event_name')) {
    case 'push':
    case 'tag_push':
      return [readPush(opened)]
    case 'merge_request':
      return [readMergeRequestEvent(opened)]
    case 'note':
      return [readComment(opened)]
    default:
      throw ignored('only pushes, tags, merge requests and comments on them start or stop runs')
  }
}

function readBase({ delivery, name, payload }: Opened) {
  const level = findNumber(payload, 'project.visibility_level')
  return {
    delivery,
    name,
    sender: findText(payload, 'user.username') ?? findText(payload, 'user_username'),
    isPrivate: level === undefined ? undefined : level !== publicLevel,
    defaultBranch: findText(payload, 'project.default_branch'),
  }
}

function readPush(opened: Opened): ForgeEvent {
  const { payload } = opened
  const ref = requireRef(payload, 'ref')
  const page = findPage(payload, 'project.web_url')
  if (isZeros(requireText(payload, 'after'))) {
    return present<ForgeEvent>({ ...readBase(opened), kind: 'deletion', ref, url: page })
  }
  // An annotated tag is an object of its own; checkout_sha is its commit.
  const commit = findCommit(payload, 'checkout_sha') ?? requireCommit(payload, 'after')
  return present<PushEvent>({
    ...readBase(opened),
    kind: 'push',
    url: page === undefined ? undefined : `${page}/-/commit/${commit}`,
    ref,
    commit,
    before: findCommit(payload, 'before'),
    message: findMessage(payload, commit),
    // Not told: nothing says whether the push was forced, and then commits that went away have changed files, too.
    changes: undefined,
  })
}

function findMessage(payload: unknown, commit: string): string | undefined {
  const found = findList(payload, 'commits')?.find((one) => findText(one, 'id') === commit)
  return findText(found, 'message')
}

function readMergeRequestEvent(opened: Opened): PullRequestEvent {
  const { payload } = opened
  const action = toAction(payload)
  const request = findValue(payload, 'object_attributes')
  const isAuthor = findNumber(payload, 'user.id') === findNumber(request, 'author_id')
  const author = isAuthor ? findText(payload, 'user.username') : undefined
  return present<PullRequestEvent>({
    ...readBase(opened),
    kind: 'pullRequest',
    action,
    url: findPage(request, 'url'),
    pullRequest: readMergeRequest(payload, { at: 'object_attributes', author }),
  })
}

function toAction(payload: unknown): PullRequestEvent['action'] {
  const action = findText(payload, 'object_attributes.action')
  if (action === 'open' || action === 'reopen') return 'opened'
  if (action === 'close' || action === 'merge') return 'closed'
  const isMoved = findCommit(payload, 'object_attributes.oldrev') !== undefined
  const isRetargeted = findValue(payload, 'changes.target_branch') !== undefined
  if (action === 'update' && (isMoved || isRetargeted)) return 'updated'
  throw ignored('this change of the merge request changes neither its commits nor its target')
}

interface MergeRequestReading {
  readonly at: string
  readonly author?: string | undefined
}

/** The only one whom GitLab names besides their number is who caused the event. */
function readMergeRequest(payload: unknown, { at, author }: MergeRequestReading): PullRequest {
  const number = requireNumber(payload, `${at}.iid`)
  const target = requireNumber(payload, `${at}.target_project_id`)
  const isFork = findNumber(payload, `${at}.source_project_id`) !== target
  if (findValue(payload, `${at}.last_commit`) === null) throw ignored('the merge request has no commit')
  return present<PullRequest>({
    number,
    title: findText(payload, `${at}.title`) ?? '',
    author,
    isFork,
    commit: requireCommit(payload, `${at}.last_commit.id`),
    branch: requireName(payload, `${at}.source_branch`),
    targetBranch: requireName(payload, `${at}.target_branch`),
    ref: `refs/merge-requests/${number}/head`,
    headRepository: isFork ? findCloneUrl(payload, [`${at}.source.git_http_url`]) : undefined,
    url: findPage(payload, `${at}.url`),
  })
}

function readComment(opened: Opened): CommentEvent {
  const { payload } = opened
  if (findText(payload, 'object_attributes.noteable_type') !== 'MergeRequest') {
    throw ignored('the comment is on no merge request')
  }
  // Older versions tell new comments only, and no action.
  const action = findText(payload, 'object_attributes.action') ?? 'create'
  if (action !== 'create' || findFlag(payload, 'object_attributes.system') === true) {
    throw ignored('only new comments by people are read')
  }
  return present<CommentEvent>({
    ...readBase(opened),
    kind: 'comment',
    url: findPage(payload, 'object_attributes.url'),
    number: requireNumber(payload, 'merge_request.iid'),
    comment: requireId(payload, 'object_attributes.id'),
    text: findText(payload, 'object_attributes.note') ?? '',
    createdAt: requireTime(payload, 'object_attributes.created_at'),
    // The number, because a login of digits only would be taken for one.
    author: requireId(payload, 'object_attributes.author_id'),
    pullRequest: readMergeRequest(payload, { at: 'merge_request' }),
  })
}
