import type { CommitReport, WantedWebhook } from '../calls.ts'
import { findId, readId } from './answers.ts'
import { mostComments, upsertComment, type WantedComment } from './comments.ts'
import { ask, type Conversation, encodePart } from './conversation.ts'
import { get, write } from './github-calls.ts'
import { reportCheck } from './github-checks.ts'
import { readComment, readHook } from './github-shapes.ts'
import type { Caller, Telling } from './outgoing.ts'
import { hubPages as style } from './pages.ts'
import { toKey, toLine } from './texts.ts'
import { ensureWebhook, mostWebhooks } from './webhooks.ts'

/** `repository` is its path below the base: /repos/org/app. */
export function createTelling(repository: string, caller: Caller): Telling {
  return {
    report: (report) =>
      caller.kind === 'app' ? reportCheck(repository, report, caller.name) : reportStatus(repository, report),
    comment: (number, comment) => writeComment(`${repository}/issues`, { number, comment, caller }),
    webhook: (webhook) => writeWebhook(`${repository}/hooks`, webhook),
  }
}

/** Longest description and context that GitHub takes. */
const longest = { description: 140, context: 255 }

/** https://docs.github.com/en/rest/commits/statuses: the last one of a context counts. */
function* reportStatus(repository: string, report: CommitReport): Conversation<Record<string, never>> {
  yield* ask(
    write('POST', `${repository}/statuses/${encodePart(report.commit)}`, {
      state: report.state === 'running' ? 'pending' : report.state,
      context: toKey(report.context, longest.context),
      description: toLine(report.description, longest.description),
      ...(report.url === undefined ? {} : { target_url: report.url }),
    }),
  )
  return {}
}

interface CommentTarget {
  readonly number: number
  readonly comment: WantedComment
  readonly caller: Caller
}

function writeComment(issues: string, { number, comment, caller }: CommentTarget): Conversation<void> {
  const comments = `${issues}/${number}/comments`
  return upsertComment(
    {
      list: { call: get(comments), style, read: readComment, limit: mostComments },
      create: (body) => write('POST', comments, { body }),
      update: ({ id }, body) => ({
        ...write('PATCH', `${issues}/comments/${encodePart(id)}`, { body }),
        expects: [404],
      }),
      own: readOwnName(caller),
    },
    comment,
  )
}

function* readOwnName(caller: Caller): Conversation<string> {
  if (caller.kind === 'app') return `app:${caller.name ?? ''}`
  return `user:${readId((yield* ask(get('/user'))).body, 'id')}`
}

/** A push tells of new, changed and deleted branches and tags. */
const events = ['push', 'pull_request', 'issue_comment']

function writeWebhook(hooks: string, webhook: WantedWebhook) {
  const body = ({ url, secret }: WantedWebhook): object => ({
    name: 'web',
    active: true,
    events,
    config: { url, secret, content_type: 'json', insecure_ssl: '0' },
  })
  return ensureWebhook(
    {
      list: { call: get(hooks), style, read: toHook, limit: mostWebhooks },
      create: (wanted) => ({ ...write('POST', hooks, body(wanted)), secrets: [wanted.secret] }),
      write: 'always',
      repair: (id, wanted) => [
        { ...write('PATCH', `${hooks}/${encodePart(id)}`, body(wanted)), secrets: [wanted.secret] },
      ],
    },
    webhook,
  )
}

function toHook(hook: unknown) {
  const found = readHook(hook, events)
  return { ...found, isRight: found.isRight && (findId(hook, 'config.insecure_ssl') ?? '0') === '0' }
}
