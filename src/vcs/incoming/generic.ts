import type { ForgeEvent, GitRef, PullRequest, PullRequestEvent, PushEvent } from '../../lib/forge-event.ts'
import { parseRepository, toCanonicalRepository } from '../../lib/repository.ts'
import {
  findText,
  findValue,
  isZeros,
  malformed,
  present,
  requireCommit,
  requireFlag,
  requireList,
  requireNumber,
  requirePage,
  requireText,
} from './fields.ts'
import { type Opened, parseDelivery } from './payload.ts'
import type { IncomingProvider } from './provider.ts'
import { requireName, requireRef } from './refs.ts'
import { isHexSigned } from './signature.ts'

/** Our own form, for servers that are none of the others; docs/generic-deliveries.md describes it. All that is not in it is refused. */
export const generic: IncomingProvider = {
  id: 'generic',
  verify: ({ headers, body }, secret) =>
    isHexSigned({ bytes: body, secret, signature: headers['x-c8s-signature-256'] }, 'sha256='),
  parse: (delivery) =>
    parseDelivery(delivery, {
      idHeaders: ['x-c8s-delivery'],
      readName: (_, payload) => readEventName(payload),
      listRepositories: (payload) => [readRepository(payload)],
      readEvents,
    }),
}

const always = ['event', 'repository', 'sender', 'url', 'private', 'defaultBranch']
const ofRef = ['ref', 'commit', 'before', 'message']

/** The fields that each event may have. */
const fieldsOf = {
  ping: always,
  push: [...always, ...ofRef, 'changes'],
  tag: [...always, ...ofRef],
  deletion: [...always, 'ref'],
  pullRequest: [...always, 'commit', 'pullRequest'],
} as const
type EventName = keyof typeof fieldsOf

const pullRequestFields = 'action number title author fork branch targetBranch ref headRepository url'.split(' ')

function isEventName(text: string): text is EventName {
  return Object.hasOwn(fieldsOf, text)
}

function readEventName(payload: unknown): EventName {
  const text = requireText(payload, 'event')
  if (!isEventName(text)) throw malformed(`event is none of ${Object.keys(fieldsOf).join(', ')}`)
  return text
}

function readRepository(payload: unknown): string {
  const text = requireText(payload, 'repository')
  if ('problem' in parseRepository(text) && toCanonicalRepository(text) === text) {
    throw malformed('repository is not the URL of a repository')
  }
  return text
}

function readEvents(opened: Opened): readonly ForgeEvent[] | 'ping' {
  const { payload } = opened
  const event = readEventName(payload)
  checkFields(payload, '', fieldsOf[event])
  switch (event) {
    case 'ping':
      return 'ping'
    case 'push':
      return [readPush(opened, readRef(payload, 'branch'))]
    case 'tag':
      return [readPush(opened, readRef(payload, 'tag'))]
    case 'deletion':
      return [present<ForgeEvent>({ ...readBase(opened), kind: 'deletion', ref: readRef(payload) })]
    case 'pullRequest':
      return [readPullRequestEvent(opened)]
  }
}

function checkFields(found: unknown, at: string, known: readonly string[]): void {
  const unknown = Object.keys(found ?? {}).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const name = /^[\w-]{1,40}$/.test(unknown) ? `${at}${unknown}` : 'a field'
  throw malformed(`${name} is not among the fields of this event: ${known.map((field) => `${at}${field}`).join(', ')}`)
}

function readBase({ delivery, name, payload }: Opened) {
  return {
    delivery,
    name,
    sender: readOptional(payload, 'sender', requireText),
    url: readOptional(payload, 'url', requirePage),
    isPrivate: readOptional(payload, 'private', requireFlag),
    defaultBranch: readOptional(payload, 'defaultBranch', requireName),
  }
}

/** In full, or a short name of the wanted kind (of a branch where both will do). */
function readRef(payload: unknown, wanted?: GitRef['kind']): GitRef {
  if (!requireText(payload, 'ref').startsWith('refs/')) {
    return { kind: wanted ?? 'branch', name: requireName(payload, 'ref') }
  }
  const ref = requireRef(payload, 'ref')
  if (wanted !== undefined && ref.kind !== wanted) throw malformed(`ref is not a ${wanted}, as the event says`)
  return ref
}

function readPush(opened: Opened, ref: GitRef): PushEvent {
  const { payload } = opened
  // A hook of git tells zeros where the ref is new.
  const isNew = isZeros(findText(payload, 'before') ?? '')
  return present<PushEvent>({
    ...readBase(opened),
    kind: 'push',
    ref,
    commit: requireCommit(payload, 'commit'),
    before: isNew ? undefined : readOptional(payload, 'before', requireCommit),
    message: readOptional(payload, 'message', requireText),
    changes: readOptional(payload, 'changes', requireList)?.map((_, index) => requireText(payload, `changes.${index}`)),
  })
}

function readPullRequestEvent(opened: Opened): PullRequestEvent {
  const { payload } = opened
  const action = requireText(payload, 'pullRequest.action')
  if (action !== 'opened' && action !== 'updated' && action !== 'closed') {
    throw malformed('pullRequest.action is none of opened, updated, closed')
  }
  checkFields(findValue(payload, 'pullRequest'), 'pullRequest.', pullRequestFields)
  return present<PullRequestEvent>({
    ...readBase(opened),
    kind: 'pullRequest',
    action,
    pullRequest: readPullRequest(payload),
  })
}

function readPullRequest(payload: unknown): PullRequest {
  const readText = (name: string) => readOptional(payload, `pullRequest.${name}`, requireText)
  const headRepository = readText('headRepository')
  if (headRepository !== undefined && 'problem' in parseRepository(headRepository)) {
    throw malformed('pullRequest.headRepository is not the URL of a repository')
  }
  return present<PullRequest>({
    number: requireNumber(payload, 'pullRequest.number'),
    title: readText('title') ?? '',
    author: readText('author'),
    isFork: requireFlag(payload, 'pullRequest.fork'),
    commit: requireCommit(payload, 'commit'),
    branch: requireName(payload, 'pullRequest.branch'),
    targetBranch: requireName(payload, 'pullRequest.targetBranch'),
    ref: readOptional(payload, 'pullRequest.ref', requireName),
    headRepository,
    url: readOptional(payload, 'pullRequest.url', requirePage),
  })
}

/** Undefined for what is missing, null or an empty text. */
function readOptional<T>(payload: unknown, path: string, read: (source: unknown, path: string) => T): T | undefined {
  const found = findValue(payload, path)
  return found === undefined || found === null || found === '' ? undefined : read(payload, path)
}
