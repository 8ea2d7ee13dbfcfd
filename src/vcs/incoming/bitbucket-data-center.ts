import type { CommentEvent, ForgeEvent, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import {
  findCommit,
  findFlag,
  findList,
  findNumber,
  findPage,
  findText,
  ignored,
  isZeros,
  present,
  requireCommit,
  requireId,
  requireList,
  requireNumber,
  requireText,
  requireTime,
} from './fields.ts'
import { type Opened, readEach } from './payload.ts'
import { requireRef } from './refs.ts'
import { findCloneUrl, listRepositoriesAt } from './repository-forms.ts'

/** Bitbucket Data Center, which once was called Bitbucket Server. */

const actions: Readonly<Record<string, PullRequestEvent['action']>> = {
  'pr:opened': 'opened',
  'pr:from_ref_updated': 'updated',
  'pr:modified': 'updated',
  'pr:merged': 'closed',
  'pr:declined': 'closed',
  'pr:deleted': 'closed',
}

/** The page before the addresses to clone: other addresses follow from it. */
export function listDataCenterRepositories(payload: unknown): readonly string[] {
  return [...listAddresses(payload, 'repository'), ...listAddresses(payload, 'pullRequest.toRef.repository')]
}

/** Undefined for an event that is not one of these. */
export function readDataCenterEvents(opened: Opened): readonly ForgeEvent[] | 'ping' | undefined {
  if (opened.name === 'diagnostics:ping') return 'ping'
  if (opened.name === 'repo:refs_changed') return readPush(opened)
  if (opened.name === 'pr:comment:added') return [readComment(opened)]
  const action = Object.hasOwn(actions, opened.name) ? actions[opened.name] : undefined
  if (action === undefined) return undefined
  if (opened.name === 'pr:modified' && !isRetargeted(opened.payload)) {
    throw ignored('this change of the pull request changes neither its commits nor its target')
  }
  return [readPullRequestEvent(opened, action)]
}

function listAddresses(payload: unknown, repository: string): readonly string[] {
  const clones = findList(payload, `${repository}.links.clone`) ?? []
  const paths = clones.map((_, index) => `${repository}.links.clone.${index}.href`)
  return listRepositoriesAt(payload, [`${repository}.links.self.0.href`, ...paths])
}

/** In a public project every repository is public. */
function readBase({ delivery, name, payload }: Opened, repository: string) {
  const isPublic = findFlag(payload, `${repository}.public`)
  const isOpen = isPublic === true || findFlag(payload, `${repository}.project.public`) === true
  return {
    delivery,
    name,
    sender: findText(payload, 'actor.name'),
    isPrivate: isPublic === undefined ? undefined : !isOpen,
  }
}

/** One push may change many refs. */
function readPush(opened: Opened): readonly ForgeEvent[] {
  const changes = requireList(opened.payload, 'changes')
  return readEach(changes, (index) => readChange(opened, `changes.${index}`))
}

function readChange(opened: Opened, at: string): ForgeEvent {
  const { payload } = opened
  const base = { ...readBase(opened, 'repository'), ref: requireRef(payload, `${at}.ref.id`) }
  const to = requireText(payload, `${at}.toHash`)
  if (findText(payload, `${at}.type`) === 'DELETE' || isZeros(to)) {
    return present<ForgeEvent>({ ...base, kind: 'deletion' })
  }
  return present<PushEvent>({
    ...base,
    kind: 'push',
    commit: requireCommit(payload, `${at}.toHash`),
    before: findCommit(payload, `${at}.fromHash`),
    message: findText(payload, 'toCommit.id') === to ? findText(payload, 'toCommit.message') : undefined,
  })
}

function readPullRequestEvent(opened: Opened, action: PullRequestEvent['action']): PullRequestEvent {
  const { payload } = opened
  return present<PullRequestEvent>({
    ...readBase(opened, 'pullRequest.toRef.repository'),
    kind: 'pullRequest',
    action,
    url: findPage(payload, 'pullRequest.links.self.0.href'),
    pullRequest: readPullRequest(payload),
  })
}

function isRetargeted(payload: unknown): boolean {
  const before = findText(payload, 'previousTarget.displayId')
  return before !== undefined && before !== findText(payload, 'pullRequest.toRef.displayId')
}

function readPullRequest(payload: unknown): PullRequest {
  const number = requireNumber(payload, 'pullRequest.id')
  const base = requireNumber(payload, 'pullRequest.toRef.repository.id')
  const isFork = findNumber(payload, 'pullRequest.fromRef.repository.id') !== base
  const head = findList(payload, 'pullRequest.fromRef.repository.links.clone') ?? []
  const http = head.find((link) => findText(link, 'name') !== 'ssh')
  return present<PullRequest>({
    number,
    title: findText(payload, 'pullRequest.title') ?? '',
    author: findText(payload, 'pullRequest.author.user.name'),
    isFork,
    commit: requireCommit(payload, 'pullRequest.fromRef.latestCommit'),
    branch: requireRef(payload, 'pullRequest.fromRef.id').name,
    targetBranch: requireRef(payload, 'pullRequest.toRef.id').name,
    ref: `refs/pull-requests/${number}/from`,
    headRepository: isFork ? findCloneUrl(http, ['href']) : undefined,
    url: findPage(payload, 'pullRequest.links.self.0.href'),
  })
}

function readComment(opened: Opened): CommentEvent {
  const { payload } = opened
  return present<CommentEvent>({
    ...readBase(opened, 'pullRequest.toRef.repository'),
    kind: 'comment',
    url: findPage(payload, 'pullRequest.links.self.0.href'),
    number: requireNumber(payload, 'pullRequest.id'),
    comment: requireId(payload, 'comment.id'),
    text: findText(payload, 'comment.text') ?? '',
    createdAt: requireTime(payload, 'comment.createdDate'),
    author: requireText(payload, 'comment.author.name'),
    pullRequest: readPullRequest(payload),
  })
}
