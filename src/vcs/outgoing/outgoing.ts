import type { Provider, PullRequest } from '../../lib/forge-event.ts'
import type { RepositoryUrl } from '../../lib/repository.ts'
import type { ChangeRange, CommitReport, ForgeHead, RepositoryTextFile, WantedWebhook } from '../calls.ts'
import type { WantedComment } from './comments.ts'
import type { Conversation } from './conversation.ts'

/** As whom the calls are made; no credential. */
export interface Caller {
  readonly kind: 'anonymous' | 'user' | 'app'
  /** Login of the user, where the Secret tells it; id of the app. */
  readonly name?: string
}

export interface RepositoryTarget {
  readonly url: RepositoryUrl
  /** Base of the API, where it is not at its usual place on the host. */
  readonly apiURL?: string
  readonly caller: Caller
}

export interface Heads {
  readonly defaultBranch?: string
  readonly heads: readonly ForgeHead[]
}

/** What is asked of one repository. */
export interface Reading {
  files(commit: string, pullRequest?: PullRequest): Conversation<readonly RepositoryTextFile[]>
  /** Of a commit, given in full. */
  message(commit: string): Conversation<string | undefined>
  changes(range: ChangeRange): Conversation<readonly string[] | undefined>
  pullRequest(number: number): Conversation<PullRequest>
  canWrite(user: string): Conversation<boolean | undefined>
  heads(): Conversation<Heads>
  openPullRequests(): Conversation<readonly PullRequest[] | undefined>
}

/** What is told to one repository. */
export interface Telling {
  report(report: CommitReport): Conversation<{ readonly id?: string; readonly url?: string }>
  comment(number: number, comment: WantedComment): Conversation<void>
  webhook(webhook: WantedWebhook): Conversation<'created' | 'repaired' | 'unchanged'>
}

export interface OutgoingRepository {
  /** Base of the API that the paths of all calls are below: no slash at its end. */
  readonly base: string
  readonly reading: Reading
  readonly telling: Telling
}

/** A forge with an API. */
export interface Outgoing {
  readonly provider: Provider
  /** The problem is a half sentence that may follow "spec.repository". */
  open(target: RepositoryTarget): OutgoingRepository | { readonly problem: string }
}
