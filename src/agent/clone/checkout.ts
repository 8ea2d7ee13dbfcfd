import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  planCheckout,
  planFetchAll,
  planFetchCommit,
  planFetchRef,
  planHasCommit,
  planInit,
  planRemote,
  planSubmodules,
  toHintRef,
} from '../../git/arguments.ts'
import { GitError, type GitRunner, runGit } from '../../git/run.ts'
import type { CloneOptions } from '../../lib/agent-options.ts'

/** Fills the workspace with the files of the commit, given in full. */
export async function checkOut(runner: GitRunner, options: CloneOptions, commit: string): Promise<void> {
  const folder = options.workspace
  emptyFolder(folder)
  await runGit(runner, { args: planInit(folder, commit.length === 64 ? 'sha256' : 'sha1') })
  await runGit(runner, { args: planRemote(options.repository), folder })
  await fetchCommit(runner, options, commit)
  await runGit(runner, { args: planCheckout(commit), folder })
  if (options.submodules) await runGit(runner, { args: planSubmodules(options.depth), folder })
}

/** Whatever an attempt before this one left. */
function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true, force: true })
}

/** By its id; from servers that refuse that, with the ref it was said to be on, at last with everything. */
async function fetchCommit(runner: GitRunner, options: CloneOptions, commit: string): Promise<void> {
  const folder = options.workspace
  const refusal = await tryFetch(runner, folder, planFetchCommit(commit, options.depth))
  if (refusal === undefined) return
  const hint = toHintRef(options)
  const noHint = hint === undefined ? refusal : await tryFetch(runner, folder, planFetchRef(hint, options.depth))
  if (noHint === undefined && (await hasCommit(runner, folder, commit))) return
  const hasHint = noHint === undefined
  // A ref that is not there would make the whole fetch fail.
  const all = planFetchAll(hasHint && options.depth > 0, hasHint ? options.ref : undefined)
  await runGit(runner, { args: all, folder })
  if (!(await hasCommit(runner, folder, commit))) throw refusal
}

/** Answers a refusal that leaves other ways open; other errors are thrown. */
async function tryFetch(runner: GitRunner, folder: string, args: readonly string[]): Promise<GitError | undefined> {
  try {
    await runGit(runner, { args, folder })
    return undefined
  } catch (error) {
    if (error instanceof GitError && error.failure === 'refused') return error
    throw error
  }
}

async function hasCommit(runner: GitRunner, folder: string, commit: string): Promise<boolean> {
  try {
    await runGit(runner, { args: planHasCommit(commit), folder })
    return true
  } catch (error) {
    if (error instanceof GitError) return false
    throw error
  }
}
