import type { CommitReport, WantedWebhook } from '../calls.ts'
import { findNumber, findText, isTrue, readId } from './answers.ts'
import { hasEvents, hideMarker, toBuild } from './bitbucket-shapes.ts'
import { type FoundComment, mostComments, upsertComment, type WantedComment } from './comments.ts'
import { ask, type Conversation, encodePart, type ForgeCall } from './conversation.ts'
import type { Telling } from './outgoing.ts'
import { bitbucketDataCenterPages as style } from './pages.ts'
import { ensureWebhook, mostWebhooks } from './webhooks.ts'

export interface SitePaths {
  /** Of the API, below its base. */
  readonly repository: string
  /** Web page of the repository. */
  readonly page: string
}

export function createTelling({ repository, page }: SitePaths): Telling {
  return {
    report: (report) => reportBuild({ repository, page }, report),
    comment: (number, comment) => writeComment(`${repository}/pull-requests/${number}`, comment),
    webhook: (webhook) => writeWebhook(`${repository}/webhooks`, webhook),
  }
}

const longestKey = 255

/** Builds of a repository's commit, since Bitbucket 7.4. The same key replaces what was told before. */
function* reportBuild({ repository, page }: SitePaths, report: CommitReport): Conversation<Record<string, never>> {
  const commit = encodePart(report.commit)
  const build = toBuild(report, { longestKey, page: `${page}/commits/${commit}` })
  yield* ask({
    method: 'POST',
    path: `${repository}/commits/${commit}/builds`,
    body: { ...build, ...(report.ref === undefined ? {} : { ref: report.ref }) },
  })
  return {}
}

/** Comments are listed only among everything that happened. Only its author may change one. */
function writeComment(pull: string, comment: WantedComment): Conversation<void> {
  return upsertComment(
    {
      list: { call: { method: 'GET', path: `${pull}/activities` }, style, read: toComment, limit: mostComments },
      hide: hideMarker,
      create: (text) => ({ method: 'POST', path: `${pull}/comments`, body: { text } }),
      update: ({ id, version }, text) => ({
        method: 'PUT',
        path: `${pull}/comments/${encodePart(id)}`,
        body: { text, version },
        expects: [401, 403, 404],
      }),
    },
    comment,
  )
}

function toComment(activity: unknown): FoundComment | readonly FoundComment[] {
  if (findText(activity, 'action') !== 'COMMENTED') return []
  const text = findText(activity, 'comment.text') ?? ''
  return { id: readId(activity, 'comment.id'), text, version: findNumber(activity, 'comment.version') ?? 0 }
}

const events = [
  'repo:refs_changed',
  'pr:opened',
  'pr:from_ref_updated',
  'pr:merged',
  'pr:declined',
  'pr:deleted',
  'pr:comment:added',
]

function writeWebhook(webhooks: string, webhook: WantedWebhook) {
  const write = (method: 'POST' | 'PUT', path: string, { url, secret }: WantedWebhook): ForgeCall => ({
    method,
    path,
    body: { name: 'c8s', url, active: true, events, configuration: { secret }, sslVerificationRequired: true },
    secrets: [secret],
  })
  return ensureWebhook(
    {
      list: { call: { method: 'GET', path: webhooks }, style, read: toHook, limit: mostWebhooks },
      create: (wanted) => write('POST', webhooks, wanted),
      write: 'always',
      repair: (id, wanted) => [write('PUT', `${webhooks}/${encodePart(id)}`, wanted)],
    },
    webhook,
  )
}

/** Older servers do not tell whether they check certificates; they do. */
function toHook(hook: unknown) {
  const isRight = isTrue(hook, 'active') && hasEvents(hook, events) && findChecked(hook)
  return { id: readId(hook, 'id'), url: findText(hook, 'url') ?? '', isRight }
}

function findChecked(hook: unknown): boolean {
  return (
    !(typeof hook === 'object' && hook !== null && 'sslVerificationRequired' in hook) ||
    isTrue(hook, 'sslVerificationRequired')
  )
}
