import { mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { planBareInit, planFetchHistory, planListHistory } from './arguments.ts'
import { type GitRunner, runGit } from './run.ts'

export interface HistoryQuestion {
  readonly repository: string
  /** Full names of the refs whose history is looked through. */
  readonly refs: readonly string[]
  /** The beginning of a commit id, or all of it. */
  readonly prefix: string
  readonly objectFormat: 'sha1' | 'sha256'
  /** A file in a folder with room for the history. */
  readonly near: string
}

/**
 * The commits that begin with the prefix and are reachable from the refs. Looks into a copy of the history alone, thrown
 * away afterwards: a checkout made from it would fetch its files piece by piece, and later from the step, which has no
 * credential. Reads the whole list rather than asking git about one commit, because git would fetch one that is missing.
 */
export async function findInHistory(runner: GitRunner, question: HistoryQuestion): Promise<string[]> {
  const folder = mkdtempSync(join(dirname(question.near), '.history-'))
  try {
    await runGit(runner, { args: planBareInit(folder, question.objectFormat) })
    const refspecs = question.refs.map((name) => `+${name}:${name}\n`).join('')
    await runGit(runner, { args: planFetchHistory(question.repository), folder, input: refspecs })
    const found: string[] = []
    const onLine = (commit: string) => {
      if (commit.startsWith(question.prefix)) found.push(commit)
    }
    await runGit(runner, { args: planListHistory(), folder, onLine })
    return found
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
