import type { CommentEvent, ForgeEvent, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import {
  findCommit,
  findFlag,
  findNumber,
  findPage,
  findText,
  findValue,
  ignored,
  isZeros,
  malformed,
  present,
  requireCommit,
  requireId,
  requireNumber,
  requireText,
  requireTime,
} from './fields.ts'
import { decodeForm } from './form.ts'
import { nameIn, type Opened, parseDelivery } from './payload.ts'
import type { IncomingProvider } from './provider.ts'
import { requireName, requireRef } from './refs.ts'
import { findCloneUrl, listRepositoriesAt, listRepositoryForms } from './repository-forms.ts'
import { isHexSigned } from './signature.ts'

/** Gitea and Forgejo, which send the same by other names. */
export const gitea: IncomingProvider = {
  id: 'gitea',
  verify: ({ headers, body }, secret) => {
    const bytes = decodeForm({ headers, body }) ?? new Uint8Array()
    const own = headers['x-forgejo-signature'] ?? headers['x-gitea-signature']
    return own === undefined
      ? isHexSigned({ bytes, secret, signature: headers['x-hub-signature-256'] }, 'sha256=')
      : isHexSigned({ bytes, secret, signature: own }, '')
  },
  parse: (delivery) =>
    parseDelivery(delivery, {
      idHeaders: ['x-forgejo-delivery', 'x-gitea-delivery'],
      readName: nameIn('x-forgejo-event', 'x-gitea-event'),
      listRepositories: (payload) => listRepositoriesAt(payload, repositoryPaths),
      readEvents,
    }),
}

/** url is the address of the API, the only one besides that for ssh which does not follow the host header of the cause. */
const repositoryPaths = ['url', 'clone_url', 'ssh_url', 'html_url'].map((name) => `repository.${name}`)

function readEvents(opened: Opened): readonly ForgeEvent[] | 'ping' {
  switch (opened.name) {
    case 'push':
      return readPush(opened)
    case 'delete':
      return [readDeletion(opened)]
    case 'pull_request':
      return [readPullRequestEvent(opened)]
    case 'issue_comment':
      return [readComment(opened)]
    case 'create':
      throw ignored('the push event tells the same')
    default:
      throw ignored('only push, delete, pull_request and issue_comment start or stop runs')
  }
}

function readBase({ delivery, name, payload }: Opened) {
  const isPrivate = findFlag(payload, 'repository.private')
  return {
    delivery,
    name,
    sender: findText(payload, 'sender.login'),
    isPrivate: isPrivate === false ? findFlag(payload, 'repository.internal') === true : isPrivate,
    defaultBranch: findText(payload, 'repository.default_branch'),
  }
}

function readPush(opened: Opened): readonly PushEvent[] | 'ping' {
  const { payload } = opened
  const ref = requireRef(payload, 'ref')
  const after = requireText(payload, 'after')
  // Of a deleted tag there is this and the delete event, of a deleted branch only that.
  if (isZeros(after)) throw ignored('the delete event tells the same')
  // "Test Delivery" pretends a push that changed nothing.
  if (findText(payload, 'before') === after) return 'ping'
  const event = present<PushEvent>({
    ...readBase(opened),
    kind: 'push',
    url: findPage(payload, 'head_commit.url'),
    ref,
    // An annotated tag is an object of its own, and `after` is its id.
    commit: (ref.kind === 'tag' ? findCommit(payload, 'head_commit.id') : undefined) ?? requireCommit(payload, 'after'),
    before: findCommit(payload, 'before'),
    message: findText(payload, 'head_commit.message'),
    // Not told: nothing says whether the push was forced, and then commits that went away have changed files, too.
    changes: undefined,
  })
  return [event]
}

function readDeletion(opened: Opened): ForgeEvent {
  const { payload } = opened
  const kind = requireText(payload, 'ref_type')
  if (kind !== 'branch' && kind !== 'tag') throw malformed('ref_type is neither branch nor tag')
  return present<ForgeEvent>({
    ...readBase(opened),
    kind: 'deletion',
    url: findPage(payload, 'repository.html_url'),
    ref: { kind, name: requireName(payload, 'ref') },
  })
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
  if (action === 'synchronized') return 'updated'
  if (action === 'edited' && findText(payload, 'changes.ref.from') !== undefined) return 'updated'
  if (action === 'closed') return 'closed'
  throw ignored('this change of the pull request changes neither its commits nor its target')
}

/**
 * A pull request by AGit (a push to refs/for) needs only the right to read, has no branch, and says that it comes from the
 * repository itself: it has to be taken for one from a fork.
 */
function readPullRequest(payload: unknown): PullRequest {
  const number = requireNumber(payload, 'pull_request.number')
  const branch = findText(payload, 'pull_request.head.label')
  const base = requireNumber(payload, 'pull_request.base.repo_id')
  const isElsewhere = findNumber(payload, 'pull_request.head.repo_id') !== base
  return present<PullRequest>({
    number,
    title: findText(payload, 'pull_request.title') ?? '',
    author: findText(payload, 'pull_request.user.login'),
    isFork: isElsewhere || branch === undefined,
    commit: requireCommit(payload, 'pull_request.head.sha'),
    branch: requireName(payload, `pull_request.head.${branch === undefined ? 'ref' : 'label'}`),
    targetBranch: requireName(payload, 'pull_request.base.ref'),
    ref: `refs/pull/${number}/head`,
    headRepository: isElsewhere ? findHeadRepository(payload) : undefined,
    url: findPage(payload, 'pull_request.html_url'),
  })
}

/** From the address of the API where that can be: clone_url is as whoever caused the event wrote the host. */
function findHeadRepository(payload: unknown): string | undefined {
  const api = findText(payload, 'pull_request.head.repo.url')
  const [stable] = api === undefined ? [] : listRepositoryForms(api)
  return stable !== undefined && stable !== api ? stable : findCloneUrl(payload, ['pull_request.head.repo.clone_url'])
}

function readComment(opened: Opened): CommentEvent {
  const { payload } = opened
  if (requireText(payload, 'action') !== 'created') throw ignored('only new comments are read')
  if (findFlag(payload, 'is_pull') !== true) throw ignored('the comment is on no pull request')
  const isWhole = findCommit(payload, 'pull_request.head.sha') !== undefined
  return present<CommentEvent>({
    ...readBase(opened),
    kind: 'comment',
    url: findPage(payload, 'comment.html_url'),
    number: requireNumber(payload, 'issue.number'),
    comment: requireId(payload, 'comment.id'),
    text: findText(payload, 'comment.body') ?? '',
    createdAt: requireTime(payload, 'comment.created_at'),
    author: requireText(payload, 'comment.user.login'),
    pullRequest:
      isWhole && findValue(payload, 'pull_request.base') !== undefined ? readPullRequest(payload) : undefined,
  })
}
