import { type Forge, ForgeError } from '../../src/forge/forge.ts'
import type { PullRequest } from '../../src/lib/forge-event.ts'
import type { ChangeRange, RepositoryTextFile } from '../../src/vcs/calls.ts'

/** A forge in memory that only answers questions: files, changes, pull requests and who may write. It takes no reports. */
export class AnsweringForge implements Forge {
  readonly provider = 'gitea'
  /** By commit; a commit without any is none of the repository. */
  readonly files = new Map<string, readonly RepositoryTextFile[]>()
  readonly pullRequests = new Map<number, PullRequest>()
  readonly writers = new Set<string>()
  /** False: the forge cannot tell who may write. */
  knowsWriters = true
  changes: readonly string[] | undefined
  /** Names of the calls, in order. */
  readonly calls: string[] = []
  /** Runs before a call; throwing makes it fail. */
  before: (call: string) => void = () => undefined

  /** The text of `.c8s.yaml` at a commit. */
  setFile(commit: string, text: string, path = '.c8s.yaml'): void {
    const others = (this.files.get(commit) ?? []).filter((file) => file.path !== path)
    this.files.set(commit, [...others, { path, text }])
  }

  async readPipelineFiles(commit: string): Promise<readonly RepositoryTextFile[]> {
    this.#note('readPipelineFiles')
    const files = this.files.get(commit)
    if (files === undefined) throw new ForgeError('notFound', `the forge has no commit ${commit}`)
    return files
  }

  async listChanges(_range: ChangeRange): Promise<readonly string[] | undefined> {
    this.#note('listChanges')
    return this.changes
  }

  async readPullRequest(number: number): Promise<PullRequest> {
    this.#note('readPullRequest')
    const found = this.pullRequests.get(number)
    if (found === undefined) throw new ForgeError('notFound', `the forge has no pull request ${number}`)
    return found
  }

  async canWrite(user: string): Promise<boolean | undefined> {
    this.#note('canWrite')
    return this.knowsWriters ? this.writers.has(user) : undefined
  }

  async listHeads() {
    return { heads: [] }
  }

  async listOpenPullRequests(): Promise<readonly PullRequest[]> {
    return [...this.pullRequests.values()]
  }

  async report(): Promise<{ readonly id?: string }> {
    return this.#refuse()
  }

  async upsertComment(): Promise<void> {
    this.#refuse()
  }

  async ensureWebhook(): Promise<'unchanged'> {
    return this.#refuse()
  }

  #note(call: string): void {
    this.calls.push(call)
    this.before(call)
  }

  #refuse(): never {
    throw new ForgeError('unsupported', 'this forge of a test only answers questions')
  }
}
