import { createHash } from 'node:crypto'
import type { PipelineConfig } from '../../../crds/kinds.ts'
import { annotations } from '../../../crds/labels.ts'
import { maxServedTokens, type PipelineConfigStatus } from '../../../crds/pipeline-config.ts'

/** What status tells of requests. */
export type RequestStatus = Pick<PipelineConfigStatus, 'lastRequest' | 'servedTokens'>
type LastRequest = NonNullable<RequestStatus['lastRequest']>

/** What a person asked for by the annotation c8s.dev/run-requested. */
export interface RunRequest {
  /** The annotation's value, in full. */
  readonly token: string
  /** As status can hold it. */
  readonly shown: string
  /** Who asked, as admission stamped it. */
  readonly requestedBy?: string
  /** It came to a run before the last request did: an older value was put back. */
  readonly isServed: boolean
}

/** Of crds/pipeline-config.ts, in characters. */
const longest = 1024
/** Begins the message of a request that is not given up; what follows is why it has failed so far. */
const retryMark = 'trying again: '

/** The request that is to be answered; undefined where there is none, or it has been. */
export function findRequest({ metadata }: PipelineConfig, status: RequestStatus): RunRequest | undefined {
  const { lastRequest: last, servedTokens = [] } = status
  const { [annotations.runRequested]: token = '', [annotations.runRequestedBy]: requestedBy } =
    metadata.annotations ?? {}
  const shown = cutCharacters(token)
  if (token === '' || (last?.token === shown && !isOpen(last))) return undefined
  const isServed = servedTokens.includes(hashToken(shown))
  return { token, shown, isServed, ...(requestedBy === undefined ? {} : { requestedBy }) }
}

/** What status says of a request that came to a run, or for good to none. */
export function tellServed(
  status: RequestStatus,
  { shown }: RunRequest,
  { run, message }: { readonly run?: string; readonly message?: string },
): RequestStatus {
  const lastRequest = {
    token: shown,
    ...(run === undefined ? {} : { run }),
    ...(message === undefined ? {} : { message: cutCharacters(message) }),
  }
  // One without a run may be set again: what was missing may be there by then.
  return { ...status, lastRequest, ...(run === undefined ? {} : { servedTokens: addToken(status, shown) }) }
}

/** What status says of an older value that was put back. */
export function tellServedBefore(status: RequestStatus, { shown }: RunRequest): RequestStatus {
  const message = 'this token came to a run before: set another to run the pipeline again'
  return { ...status, lastRequest: { token: shown, message } }
}

/** What status says of a request that is tried again. */
export function tellOpen(status: RequestStatus, { shown }: RunRequest, why: string): RequestStatus {
  return { ...status, lastRequest: { token: shown, message: cutCharacters(`${retryMark}${why}`) } }
}

/** What either knows to have been served: another process may have been at it since this one looked. */
export function joinTokens(one: RequestStatus, other: RequestStatus | undefined): RequestStatus {
  const { servedTokens: known = [] } = one
  const added = (other?.servedTokens ?? []).filter((token) => !known.includes(token))
  return added.length === 0 ? one : { ...one, servedTokens: [...added, ...known].slice(-maxServedTokens) }
}

/** With the one before, which may be from a time when status kept only the last. */
function addToken({ lastRequest, servedTokens = [] }: RequestStatus, shown: string): string[] {
  const before = lastRequest?.run === undefined ? [] : [hashToken(lastRequest.token)]
  return [...new Set([...servedTokens, ...before, hashToken(shown)])].slice(-maxServedTokens)
}

function hashToken(shown: string): string {
  return createHash('sha256').update(shown).digest('hex').slice(0, 16)
}

function isOpen({ run, message = '' }: LastRequest): boolean {
  return run === undefined && message.startsWith(retryMark)
}

/** The branch that a request is for: the first that the config names without a glob; undefined for the default branch. */
export function findRequestBranch({ spec }: PipelineConfig): string | undefined {
  return spec.branches?.find((glob) => !/[*?]/.test(glob))
}

/** By characters, as the API server counts them, and none in two. */
function cutCharacters(text: string): string {
  return text.length <= longest ? text : [...text].slice(0, longest).join('')
}
