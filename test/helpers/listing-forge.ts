import type { Forge } from '../../src/forge/forge.ts'
import type { PullRequest } from '../../src/lib/forge-event.ts'

const unused = () => Promise.reject(new Error('this forge of a test only lists'))

/** A forge in memory that lists what the test says, and fails when it says so. */
export class ListingForge implements Forge {
  readonly provider = 'gitea'
  /** Commits by full ref. */
  readonly refs = new Map<string, string>()
  pullRequests: readonly PullRequest[] | undefined = []
  /** By commit. */
  readonly messages = new Map<string, string>()
  fault: Error | undefined
  /** Only of the messages. */
  messageFault: Error | undefined
  /** How often the refs were listed. */
  lists = 0
  readPipelineFiles = unused
  listChanges = unused
  readPullRequest = unused
  canWrite = unused
  report = unused
  upsertComment = unused
  ensureWebhook = unused

  async listHeads() {
    this.lists += 1
    if (this.fault !== undefined) throw this.fault
    return { defaultBranch: 'main', heads: [...this.refs].map(([ref, commit]) => ({ ref, commit })) }
  }

  async listOpenPullRequests() {
    return this.pullRequests
  }

  async readCommitMessage(commit: string) {
    if (this.messageFault !== undefined) throw this.messageFault
    return this.messages.get(commit)
  }
}
