/**
 * What a forge tells, in our own words; the same whichever forge it was and whether it was told in a delivery or found by
 * looking. Text in it comes from strangers.
 */

export type Provider = 'github' | 'gitlab' | 'bitbucket' | 'gitea' | 'generic'

export interface GitRef {
  readonly kind: 'branch' | 'tag'
  /** Short: main, not refs/heads/main. */
  readonly name: string
}

interface EventBase {
  /** Id that the forge gave the delivery; head:<ref> for what was found by looking. */
  readonly delivery: string
  /** As the forge names the event. */
  readonly name: string
  readonly sender?: string
  /** Page of the forge that shows it. */
  readonly url?: string
  /** Whether the repository cannot be read without a credential. */
  readonly isPrivate?: boolean
  readonly defaultBranch?: string
}

export interface PushEvent extends EventBase {
  readonly kind: 'push'
  readonly ref: GitRef
  /** In full. */
  readonly commit: string
  /** Absent for a new ref. */
  readonly before?: string
  /** Message of the commit. */
  readonly message?: string
  /** Files that the push changed; absent where the delivery does not tell all of them. */
  readonly changes?: readonly string[]
}

export interface DeletionEvent extends EventBase {
  readonly kind: 'deletion'
  readonly ref: GitRef
}

export interface PullRequest {
  readonly number: number
  readonly title: string
  readonly author?: string
  readonly isFork: boolean
  /**
   * Head commit. Deliveries of Bitbucket Cloud tell only its first 12 digits: where isFullCommit says no, the forge has to
   * be asked for the pull request.
   */
  readonly commit: string
  readonly branch: string
  readonly targetBranch: string
  /** Ref of the base repository that holds the head, where the forge has one. */
  readonly ref?: string
  /** URL of the repository it comes from, where that is another one. */
  readonly headRepository?: string
  readonly url?: string
}

export interface PullRequestEvent extends EventBase {
  readonly kind: 'pullRequest'
  readonly action: 'opened' | 'updated' | 'closed'
  readonly pullRequest: PullRequest
}

export interface CommentEvent extends EventBase {
  readonly kind: 'comment'
  readonly number: number
  /** Id of the comment: the same comment delivered twice asks once. */
  readonly comment: string
  readonly text: string
  /** RFC 3339. */
  readonly createdAt: string
  /** Login or id by which the forge answers whether this person may write. */
  readonly author: string
  /** Where the delivery tells all of it. */
  readonly pullRequest?: PullRequest
}

export type ForgeEvent = PushEvent | DeletionEvent | PullRequestEvent | CommentEvent

/** What a delivery came to once its signature held. */
export type ParsedDelivery =
  /** At least one event: a delivery of Bitbucket tells every ref of a push. */
  | { readonly kind: 'event'; readonly repositories: readonly string[]; readonly events: readonly ForgeEvent[] }
  /** repositories is empty where the forge's ping names none. */
  | { readonly kind: 'ping'; readonly repositories: readonly string[]; readonly delivery: string }
  | {
      readonly kind: 'ignored'
      readonly repositories: readonly string[]
      readonly delivery: string
      readonly name: string
      /** One sentence: why nothing is to be done. */
      readonly message: string
    }
  | { readonly kind: 'malformed'; readonly message: string }

/** A delivery as it came. */
export interface RawDelivery {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** Exactly the bytes that were sent. */
  readonly body: Uint8Array
}

/** Whether these are all digits of a commit: 40 of SHA-1 or 64 of SHA-256, in lower case. */
export function isFullCommit(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}
