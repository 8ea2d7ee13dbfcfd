import type { Provider, PullRequest } from '../lib/forge-event.ts'
import type { ChangeRange, CommitReport, ForgeHead, RepositoryTextFile, WantedWebhook } from '../vcs/calls.ts'

/**
 * One repository at its forge, reached with the credential of one connection. Every call may throw ForgeError; calls are
 * retried inside only where that cannot do anything twice, and never longer than a few seconds.
 */
export interface Forge {
  readonly provider: Provider
  /** `.c8s.yaml` and `.c8s/*.yaml` at exactly that commit, sorted by path; empty where there is none. */
  readPipelineFiles(commit: string, pullRequest?: PullRequest): Promise<readonly RepositoryTextFile[]>
  /** Files that changed; undefined where the forge cannot tell, or not all of them. */
  listChanges(range: ChangeRange): Promise<readonly string[] | undefined>
  readPullRequest(number: number): Promise<PullRequest>
  /** Whether this person may push to the repository; undefined where the forge cannot tell. */
  canWrite(user: string): Promise<boolean | undefined>
  /** Of a commit; undefined where the forge cannot tell. Deliveries bring it, so it is for what was found by looking. */
  readCommitMessage?(commit: string): Promise<string | undefined>
  /** All branches, the default branch first; at most 1000. Where nothing delivers events, tags too. */
  listHeads(): Promise<{ readonly defaultBranch?: string; readonly heads: readonly ForgeHead[] }>
  /** Undefined where the forge has none. */
  listOpenPullRequests(): Promise<readonly PullRequest[] | undefined>
  /** Idempotent. Answers with the forge's id and page of it where it has them. */
  report(report: CommitReport): Promise<{ readonly id?: string; readonly url?: string }>
  /** Writes the comment that carries the marker, or changes it. */
  upsertComment(number: number, marker: string, text: string): Promise<void>
  /** Makes the webhook, or puts it right. */
  ensureWebhook(webhook: WantedWebhook): Promise<'created' | 'repaired' | 'unchanged'>
}

export type ForgeErrorKind =
  /** Cannot be reached, or answers 5xx or nonsense: later again. */
  | 'unavailable'
  /** Asks to wait: retryAfterMs. */
  | 'rateLimited'
  /** The credential is missing, wrong or may not. */
  | 'forbidden'
  | 'notFound'
  /** This forge has no such thing, such as a status at a generic Git server. */
  | 'unsupported'
  /** The forge took the call for wrong. */
  | 'refused'

/** The message is one sentence for a person: what was asked of which host, and what it said. No credential in it. */
export class ForgeError extends Error {
  readonly kind: ForgeErrorKind
  readonly retryAfterMs: number | undefined

  constructor(kind: ForgeErrorKind, message: string, retryAfterMs?: number) {
    super(message)
    this.kind = kind
    this.retryAfterMs = retryAfterMs
  }

  get isPassing(): boolean {
    return this.kind === 'unavailable' || this.kind === 'rateLimited'
  }
}
