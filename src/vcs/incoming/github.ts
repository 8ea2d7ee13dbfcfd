import type { CommentEvent, ForgeEvent, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import {
  findCommit,
  findFlag,
  findList,
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
import { isHexSigned } from './signature.ts'

/** GitHub.com and GitHub Enterprise Server. The older X-Hub-Signature is SHA-1 and not looked at. */
export const github: IncomingProvider = {
  id: 'github',
  verify: ({ headers, body }, secret) =>
    isHexSigned({ bytes: body, secret, signature: headers['x-hub-signature-256'] }, 'sha256='),
  parse: (delivery) =>
    parseDelivery(delivery, {
      idHeaders: ['x-github-delivery'],
      readName: nameIn('x-github-event'),
      listRepositories: (payload) => listRepositoriesAt(payload, repositoryPaths),
      readEvents,
    }),
}

const repositoryPaths = ['clone_url', 'ssh_url', 'html_url', 'git_url', 'url'].map((name) => `repository.${name}`)

/** A push tells all its commits up to this many. */
const mostCommits = 2048
/** Versions of the server before 3.13 stop here. */
const fewCommits = 20
/** Lists of files may be cut from here on. */
const mostFiles = 300

function readEvents(opened: Opened): readonly ForgeEvent[] | 'ping' {
  switch (opened.name) {
    case 'ping':
      return 'ping'
    case 'push':
      return [readPush(opened)]
    case 'pull_request':
      return [readPullRequestEvent(opened)]
    case 'issue_comment':
      return [readComment(opened)]
    case 'create':
    case 'delete':
      throw ignored('the push event tells the same')
    case 'check_run':
    case 'check_suite':
      throw ignored('checks start no runs: comment /retest on the pull request instead')
    default:
      throw ignored('only push, pull_request and issue_comment start or stop runs')
  }
}

/** What all events have in common. */
function readBase({ delivery, name, payload }: Opened) {
  return {
    delivery,
    name,
    sender: findText(payload, 'sender.login'),
    isPrivate: findFlag(payload, 'repository.private'),
    defaultBranch: findText(payload, 'repository.default_branch'),
  }
}

function readPush(opened: Opened): ForgeEvent {
  const { payload } = opened
  const ref = requireRef(payload, 'ref')
  const base = { ...readBase(opened), url: findPage(payload, 'compare') }
  const after = requireText(payload, 'after')
  if (findFlag(payload, 'deleted') === true || isZeros(after)) {
    return present<ForgeEvent>({ ...base, kind: 'deletion', ref })
  }
  // An annotated tag is an object of its own, and `after` is its id.
  const tagged = ref.kind === 'tag' ? findCommit(payload, 'head_commit.id') : undefined
  return present<PushEvent>({
    ...base,
    kind: 'push',
    ref,
    commit: tagged ?? requireCommit(payload, 'after'),
    before: findCommit(payload, 'before'),
    message: findText(payload, 'head_commit.message'),
    changes: ref.kind === 'branch' ? findChanges(payload) : undefined,
  })
}

/** The files of all commits, where the delivery has all commits of a push that only added some. */
function findChanges(payload: unknown): readonly string[] | undefined {
  const commits = findList(payload, 'commits') ?? []
  if (findFlag(payload, 'created') !== false || findFlag(payload, 'forced') !== false) return undefined
  if (commits.length >= mostCommits || commits.length === fewCommits) return undefined
  if (findText(commits.at(-1), 'id') !== findText(payload, 'after')) return undefined
  const lists = commits.map(findFiles)
  return lists.includes(undefined) ? undefined : [...new Set(lists.flatMap((list) => list ?? []))]
}

/** A commit that another branch already had is not distinct, and not told in full. */
function findFiles(commit: unknown): readonly string[] | undefined {
  const lists = ['added', 'modified', 'removed'].map((name) => findList(commit, name))
  const files = lists.flatMap((list) => list ?? [undefined])
  const isWhole = findFlag(commit, 'distinct') === true && files.length < mostFiles
  return isWhole && files.every((file) => typeof file === 'string') ? files : undefined
}

function readPullRequestEvent(opened: Opened): PullRequestEvent {
  const { payload } = opened
  const action = toAction(payload)
  return present<PullRequestEvent>({
    ...readBase(opened),
    kind: 'pullRequest',
    action,
    url: findPage(payload, 'pull_request.html_url'),
    pullRequest: readPullRequest(payload),
  })
}

function toAction(payload: unknown): PullRequestEvent['action'] {
  const action = requireText(payload, 'action')
  if (action === 'opened' || action === 'reopened') return 'opened'
  if (action === 'synchronize') return 'updated'
  if (action === 'edited' && findValue(payload, 'changes.base') !== undefined) return 'updated'
  if (action === 'closed') return 'closed'
  throw ignored('this change of the pull request changes neither its commits nor its target')
}

function readPullRequest(payload: unknown): PullRequest {
  const number = requireNumber(payload, 'pull_request.number')
  const base = requireText(payload, 'pull_request.base.repo.full_name')
  // Null once the fork has been deleted.
  const isFork = findText(payload, 'pull_request.head.repo.full_name') !== base
  return present<PullRequest>({
    number,
    title: findText(payload, 'pull_request.title') ?? '',
    author: findText(payload, 'pull_request.user.login'),
    isFork,
    commit: requireCommit(payload, 'pull_request.head.sha'),
    branch: requireName(payload, 'pull_request.head.ref'),
    targetBranch: requireName(payload, 'pull_request.base.ref'),
    ref: `refs/pull/${number}/head`,
    headRepository: isFork ? findCloneUrl(payload, ['pull_request.head.repo.clone_url']) : undefined,
    url: findPage(payload, 'pull_request.html_url'),
  })
}

function readComment(opened: Opened): CommentEvent {
  const { payload } = opened
  if (requireText(payload, 'action') !== 'created') throw ignored('only new comments are read')
  const pullRequest = findValue(payload, 'issue.pull_request')
  if (typeof pullRequest !== 'object' || pullRequest === null) throw ignored('the comment is on no pull request')
  return present<CommentEvent>({
    ...readBase(opened),
    kind: 'comment',
    url: findPage(payload, 'comment.html_url'),
    number: requireNumber(payload, 'issue.number'),
    comment: requireId(payload, 'comment.id'),
    text: findText(payload, 'comment.body') ?? '',
    createdAt: requireTime(payload, 'comment.created_at'),
    author: requireText(payload, 'comment.user.login'),
  })
}
