import type { Rejection, ReportState } from '../../crds/parts/event.ts'

/** What is said to a forge and what it answers, in our own words; each provider turns them into its own calls. */

/** A file of the repository at one commit. */
export interface RepositoryTextFile {
  readonly path: string
  readonly text: string
}

/** What the forge is told of one pipeline at one commit. */
export interface CommitReport {
  /** In full. */
  readonly commit: string
  /** Name under which the forge shows it: c8s/<pipeline>. The same name and commit replace what was told before. */
  readonly context: string
  readonly state: ReportState
  /** One line. */
  readonly description: string
  readonly url?: string
  readonly startedAt?: string
  readonly completedAt?: string
  /** Id of the earlier report of the same run, where the forge changes reports by id. */
  readonly id?: string
  /** Shown at the line, where the forge can. */
  readonly annotation?: Rejection
  /** Ref of the repository that holds the commit, in full; GitLab finds a fork's commit by nothing else. */
  readonly ref?: string
}

export interface WantedWebhook {
  readonly url: string
  readonly secret: string
}

export interface ForgeHead {
  /** In full: refs/heads/main. */
  readonly ref: string
  readonly commit: string
}

export type ChangeRange =
  | { readonly kind: 'push'; readonly before?: string; readonly commit: string }
  | { readonly kind: 'pullRequest'; readonly number: number; readonly commit: string; readonly targetBranch: string }
