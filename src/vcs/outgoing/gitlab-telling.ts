import type { CommitReport, WantedWebhook } from '../calls.ts'
import { findText, findValue, isTrue, readId } from './answers.ts'
import { mostComments, upsertComment, type WantedComment } from './comments.ts'
import { ask, type Conversation, ConversationProblem, encodePart, type ForgeCall } from './conversation.ts'
import type { Telling } from './outgoing.ts'
import { hubPages as style } from './pages.ts'
import { toKey, toLine } from './texts.ts'
import { ensureWebhook, mostWebhooks } from './webhooks.ts'

export function createTelling(project: string): Telling {
  return {
    report: (report) => reportStatus(project, report),
    comment: (number, comment) => writeComment(`${project}/merge_requests/${number}/notes`, comment),
    webhook: (webhook) => writeWebhook(`${project}/hooks`, webhook),
  }
}

function get(path: string): ForgeCall {
  return { method: 'GET', path }
}

const states = {
  pending: 'pending',
  running: 'running',
  success: 'success',
  failure: 'failed',
  error: 'failed',
} as const

const longest = { description: 255, name: 255 }

/** https://docs.gitlab.com/api/commits/#set-commit-pipeline-status */
function* reportStatus(project: string, report: CommitReport): Conversation<Record<string, never>> {
  const state = states[report.state]
  const answer = yield* ask({
    method: 'POST',
    path: `${project}/statuses/${encodePart(report.commit)}`,
    body: {
      state,
      name: toKey(report.context, longest.name),
      description: toLine(report.description, longest.description),
      ...(report.url === undefined ? {} : { target_url: report.url }),
      ...(report.ref === undefined ? {} : { ref: report.ref.replace(/^refs\/(heads|tags)\//, '') }),
    },
    expects: [400],
  })
  if (answer.status === 400) checkTransition(readMessage(answer.body), state)
  return {}
}

/**
 * A status is a machine with states, and GitLab refuses to enter the one it is in, or to go back to pending:
 * `Cannot transition status via :run from :running`. The status then says what we want it to say, or more.
 */
function checkTransition(message: string, wanted: string): void {
  const now = /Cannot transition status via :\w+ from :(?<now>\w+)/.exec(message)?.groups?.['now']
  if (now === wanted || (wanted === 'pending' && now === 'running')) return
  throw new ConversationProblem('refused', `the state ${wanted} was refused: ${toLine(message, 200)}`)
}

function readMessage(body: unknown): string {
  const message = findValue(body, 'message') ?? findValue(body, 'error')
  return typeof message === 'string' ? message : JSON.stringify(message ?? '')
}

function writeComment(notes: string, comment: WantedComment): Conversation<void> {
  return upsertComment(
    {
      list: { call: get(notes), style, read: toComment, limit: mostComments },
      create: (body) => ({ method: 'POST', path: notes, body: { body } }),
      update: ({ id }, body) => ({ method: 'PUT', path: `${notes}/${encodePart(id)}`, body: { body }, expects: [404] }),
      own: readOwnId(),
    },
    comment,
  )
}

function toComment(note: unknown) {
  const authors = isTrue(note, 'system') ? [] : [readId(note, 'author.id')]
  return { id: readId(note, 'id'), text: findText(note, 'body') ?? '', authors }
}

function* readOwnId(): Conversation<string> {
  return readId((yield* ask(get('/user'))).body, 'id')
}

/** A branch that is made or deleted is a push. */
const wantedHook = {
  push_events: true,
  tag_push_events: true,
  merge_requests_events: true,
  note_events: true,
  enable_ssl_verification: true,
} as const

function writeWebhook(hooks: string, webhook: WantedWebhook) {
  const write = (method: 'POST' | 'PUT', path: string, { url, secret }: WantedWebhook): ForgeCall => ({
    method,
    path,
    body: { url, token: secret, ...wantedHook, push_events_branch_filter: '' },
    secrets: [secret],
  })
  return ensureWebhook(
    {
      list: { call: get(hooks), style, read: toHook, limit: mostWebhooks },
      create: (wanted) => write('POST', hooks, wanted),
      write: 'always',
      repair: (id, wanted) => [write('PUT', `${hooks}/${encodePart(id)}`, wanted)],
    },
    webhook,
  )
}

/** GitLab stops calling a webhook that failed too often; writing it lets it be called again. */
function toHook(hook: unknown) {
  const isEnabled = (findText(hook, 'alert_status') ?? 'executable') === 'executable'
  const isUnfiltered = findText(hook, 'push_events_branch_filter') === undefined
  const isWanted = Object.keys(wantedHook).every((field) => isTrue(hook, field))
  return { id: readId(hook, 'id'), url: findText(hook, 'url') ?? '', isRight: isEnabled && isUnfiltered && isWanted }
}
