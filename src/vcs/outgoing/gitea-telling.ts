import type { CommitReport, WantedWebhook } from '../calls.ts'
import { findId, findString, findText } from './answers.ts'
import { mostComments, upsertComment, type WantedComment } from './comments.ts'
import { ask, type Conversation, ConversationProblem, encodePart, type ForgeCall } from './conversation.ts'
import { readComment, readHook } from './github-shapes.ts'
import type { Caller, Telling } from './outgoing.ts'
import { giteaPages as style } from './pages.ts'
import { toLine } from './texts.ts'
import { ensureWebhook, mostWebhooks, toStamp } from './webhooks.ts'

/** `repository` is its path below the base: /repos/org/app. */
export function createTelling(repository: string, caller: Caller): Telling {
  return {
    report: (report) => reportStatus(repository, report),
    comment: (number, comment) => writeComment(`${repository}/issues`, { number, comment, caller }),
    webhook: (webhook) => writeWebhook(`${repository}/hooks`, webhook),
  }
}

function get(path: string): ForgeCall {
  return { method: 'GET', path }
}

/** Gitea stores more; its pages show a line. */
const longestDescription = 255

/** Gitea knows no state for running. The last status of a context counts. */
function* reportStatus(repository: string, report: CommitReport): Conversation<Record<string, never>> {
  yield* ask({
    method: 'POST',
    path: `${repository}/statuses/${encodePart(report.commit)}`,
    body: {
      state: report.state === 'running' ? 'pending' : report.state,
      context: report.context,
      description: toLine(report.description, longestDescription),
      ...(report.url === undefined ? {} : { target_url: report.url }),
    },
  })
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
      list: { call: get(comments), style, read: toComment, limit: mostComments },
      create: (body) => ({ method: 'POST', path: comments, body: { body } }),
      update: ({ id }, body) => ({
        method: 'PATCH',
        path: `${issues}/comments/${encodePart(id)}`,
        body: { body },
        expects: [404],
      }),
      own: readOwnName(caller.name),
    },
    comment,
  )
}

function toComment(comment: unknown) {
  const login = findText(comment, 'user.login')?.toLowerCase()
  const found = readComment(comment)
  return { ...found, authors: [...(found.authors ?? []), ...(login === undefined ? [] : [`login:${login}`])] }
}

/** Names of the forge's own: what is asked for and what it then lists differ. A deleted branch is no push. */
const askedEvents = ['push', 'delete', 'pull_request_only', 'pull_request_sync', 'pull_request_comment']
const listedEvents = ['push', 'delete', 'pull_request', 'pull_request_sync', 'pull_request_comment']

/**
 * A webhook's secret cannot be changed at Gitea: a new one is made before the old one goes. That loses the old one's deliveries,
 * so the name tells by which secret it signs, and one that is right stays.
 */
function writeWebhook(hooks: string, webhook: WantedWebhook) {
  const name = `c8s ${toStamp(webhook.secret)}`
  const create = ({ url, secret }: WantedWebhook): ForgeCall => ({
    method: 'POST',
    path: hooks,
    body: { type: 'gitea', name, active: true, events: askedEvents, config: { url, secret, content_type: 'json' } },
    secrets: [secret],
  })
  const remove = (id: string): ForgeCall => ({
    method: 'DELETE',
    path: `${hooks}/${encodePart(id)}`,
    expects: [404],
  })
  return ensureWebhook(
    {
      list: { call: get(hooks), style, read: (hook) => toHook(hook, name), limit: mostWebhooks },
      create,
      write: 'whenWrong',
      repair: (id, wanted) => [create(wanted), remove(id)],
    },
    webhook,
  )
}

/** A filter of branches would keep deliveries back. Forgejo, and Gitea before 1.26, keep no name: nobody knows the secret then. */
function toHook(hook: unknown, name: string) {
  const found = readHook(hook, listedEvents)
  const isUnfiltered = ['', '*', '**'].includes(findText(hook, 'branch_filter') ?? '')
  const isNamed = [undefined, name].includes(findString(hook, 'name'))
  return { ...found, isRight: found.isRight && isUnfiltered && isNamed }
}

/** Names by which we know our own comments; the token needs the scope read:user to be told. */
function* readOwnName(login: string | undefined): Conversation<string> {
  const { body, status } = yield* ask({ ...get('/user'), expects: [403] })
  const id = findId(body, 'id')
  if (status < 300 && id !== undefined) return `user:${id}`
  if (login !== undefined) return `login:${login.toLowerCase()}`
  throw new ConversationProblem(
    'forbidden',
    'the token may not ask who it is: give it the scope read:user, or put its user into the Secret as username',
  )
}
