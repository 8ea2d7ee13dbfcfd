import type { CommitReport, WantedWebhook } from '../calls.ts'
import { findText, findValue, isTrue, readId } from './answers.ts'
import { hasEvents, hideMarker, toBuild } from './bitbucket-shapes.ts'
import { mostComments, upsertComment, type WantedComment } from './comments.ts'
import { ask, type Conversation, encodePart, type ForgeCall } from './conversation.ts'
import type { Telling } from './outgoing.ts'
import { bitbucketCloudPages as style } from './pages.ts'
import { ensureWebhook, mostWebhooks } from './webhooks.ts'

/** `name` is workspace/slug, percent-encoded. */
export function createTelling(name: string): Telling {
  const repository = `/repositories/${name}`
  return {
    report: (report) => reportBuild(name, report),
    comment: (number, comment) => writeComment(`${repository}/pullrequests/${number}/comments`, comment),
    webhook: (webhook) => writeWebhook(`${repository}/hooks`, webhook),
  }
}

/** The forge takes no longer key. The same key replaces what was told before. */
const longestKey = 40

function* reportBuild(name: string, report: CommitReport): Conversation<Record<string, never>> {
  const commit = encodePart(report.commit)
  yield* ask({
    method: 'POST',
    path: `/repositories/${name}/commit/${commit}/statuses/build`,
    // The forge asks for a page: without one of ours, its own of the commit.
    body: toBuild(report, { longestKey, page: `https://bitbucket.org/${name}/commits/${commit}` }),
  })
  return {}
}

/** Only its author may change a comment, so who we are need not be known. */
function writeComment(comments: string, comment: WantedComment): Conversation<void> {
  return upsertComment(
    {
      list: { call: { method: 'GET', path: comments }, style, read: toComment, limit: mostComments },
      hide: hideMarker,
      create: (raw) => ({ method: 'POST', path: comments, body: { content: { raw } } }),
      update: ({ id }, raw) => ({
        method: 'PUT',
        path: `${comments}/${encodePart(id)}`,
        body: { content: { raw } },
        expects: [403, 404],
      }),
    },
    comment,
  )
}

function toComment(comment: unknown) {
  return isTrue(comment, 'deleted') ? [] : { id: readId(comment, 'id'), text: findText(comment, 'content.raw') ?? '' }
}

const events = [
  'repo:push',
  'pullrequest:created',
  'pullrequest:updated',
  'pullrequest:fulfilled',
  'pullrequest:rejected',
  'pullrequest:comment_created',
]

function writeWebhook(hooks: string, webhook: WantedWebhook) {
  const write = (method: 'POST' | 'PUT', path: string, { url, secret }: WantedWebhook): ForgeCall => ({
    method,
    path,
    body: { description: 'c8s', url, secret, active: true, skip_cert_verification: false, events },
    secrets: [secret],
  })
  return ensureWebhook(
    {
      list: { call: { method: 'GET', path: hooks }, style, read: toHook, limit: mostWebhooks },
      create: (wanted) => write('POST', hooks, wanted),
      write: 'always',
      repair: (id, wanted) => [write('PUT', `${hooks}/${encodePart(id)}`, wanted)],
    },
    webhook,
  )
}

function toHook(hook: unknown) {
  const isSafe = !isTrue(hook, 'skip_cert_verification') && findValue(hook, 'secret_set') !== false
  const isRight = isSafe && isTrue(hook, 'active') && hasEvents(hook, events)
  return { id: readId(hook, 'uuid'), url: findText(hook, 'url') ?? '', isRight }
}
