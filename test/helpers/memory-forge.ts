import type { Forge, ForgeError } from '../../src/forge/forge.ts'
import type { CommitReport } from '../../src/vcs/calls.ts'

export interface MemoryForgeOptions {
  /** Asked before each call is carried out; what it gives back is thrown. */
  readonly before?: (call: 'report' | 'comment') => ForgeError | undefined
  /** Asked when it has been carried out: the answer is lost. */
  readonly after?: (call: 'report' | 'comment') => Error | undefined
}

/** A forge that keeps in memory what it is told. */
export interface MemoryForge {
  readonly forge: Forge
  /** All that was told, in order. */
  readonly reports: readonly CommitReport[]
  /** What the forge shows now, by commit and context: `<commit> <context>`. */
  readonly shown: ReadonlyMap<string, CommitReport>
  /** Text by number of the pull request. */
  readonly comments: ReadonlyMap<number, string>
  /** Calls that were begun, failed ones too. */
  readonly calls: { report: number; comment: number }
  /** Calls of one line that were under way at once, at most. */
  readonly mostAtOnce: () => number
}

export function createMemoryForge({ before, after }: MemoryForgeOptions = {}): MemoryForge {
  const reports: CommitReport[] = []
  const shown = new Map<string, CommitReport>()
  const comments = new Map<number, string>()
  const calls = { report: 0, comment: 0 }
  const underWay = new Map<string, number>()
  let most = 0
  const carryOut = async <R>(call: 'report' | 'comment', line: string, act: () => R): Promise<R> => {
    calls[call] += 1
    const count = (underWay.get(line) ?? 0) + 1
    underWay.set(line, count)
    most = Math.max(most, count)
    await new Promise((resolve) => setImmediate(resolve))
    underWay.set(line, (underWay.get(line) ?? 1) - 1)
    const fault = before?.(call)
    if (fault !== undefined) throw fault
    const answer = act()
    const lost = after?.(call)
    if (lost !== undefined) throw lost
    return answer
  }
  const unused = (): Promise<never> => Promise.reject(new Error('no test asks for this'))
  return {
    reports,
    shown,
    comments,
    calls,
    mostAtOnce: () => most,
    forge: {
      provider: 'gitea',
      report: (report) =>
        carryOut('report', `${report.commit} ${report.context}`, () => {
          reports.push(report)
          shown.set(`${report.commit} ${report.context}`, report)
          return { id: report.id ?? `${reports.length}`, url: `https://forge.example/${reports.length}` }
        }),
      upsertComment: (number, _marker, text) =>
        carryOut('comment', `#${number}`, () => {
          comments.set(number, text)
        }),
      readPipelineFiles: unused,
      listChanges: unused,
      readPullRequest: unused,
      canWrite: unused,
      listHeads: unused,
      listOpenPullRequests: unused,
      ensureWebhook: unused,
    },
  }
}
