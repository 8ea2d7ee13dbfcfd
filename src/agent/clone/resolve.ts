import { planListRefs, toHintRef } from '../../git/arguments.ts'
import { findInHistory } from '../../git/history.ts'
import { chooseBranches, findTips, parseRefs, type RemoteRef } from '../../git/refs.ts'
import { type GitRunner, runGit } from '../../git/run.ts'
import type { CloneOptions } from '../../lib/agent-options.ts'
import { CloneProblem } from './problem.ts'

const fullCommit = /^([0-9a-f]{40}|[0-9a-f]{64})$/

/** The commit in full; checks that it is on one of the required branches. */
export async function resolveCommit(runner: GitRunner, options: CloneOptions): Promise<string> {
  const wanted = options.commit.toLowerCase()
  const { requiredBranches } = options
  if (fullCommit.test(wanted) && requiredBranches === undefined) return wanted
  const refs = parseRefs(await runGit(runner, { args: planListRefs(options.repository) }))
  const commit = fullCommit.test(wanted) ? wanted : await completeCommit(runner, options, refs)
  if (requiredBranches !== undefined) await requireBranch(runner, options, { commit, refs })
  return commit
}

/** A short id is looked for among the tips, then in the history of the branch, then everywhere. */
async function completeCommit(runner: GitRunner, options: CloneOptions, refs: readonly RemoteRef[]): Promise<string> {
  const prefix = options.commit.toLowerCase()
  const hint = refs.filter(({ name }) => name === toHintRef(options))
  const all = refs.filter(({ name }) => /^refs\/(heads|tags)\//.test(name))
  let found = findTips(refs, prefix)
  for (const place of [hint, all]) {
    if (found.length > 0 || place.length === 0) continue
    found = await findInHistory(runner, toQuestion(options, place, prefix))
  }
  const [commit, second] = found
  if (commit === undefined) {
    throw new CloneProblem('CommitNotFound', `commit ${prefix} is on no branch or tag of ${options.repository}`)
  }
  if (second !== undefined) {
    const message = `commit ${prefix} is ambiguous in ${options.repository}: give more of its digits`
    throw new CloneProblem('CommitNotFound', message)
  }
  return commit
}

/** A commit of a fork can be fetched from the repository by its id: being there is not being on a branch. */
async function requireBranch(
  runner: GitRunner,
  options: CloneOptions,
  { commit, refs }: { commit: string; refs: readonly RemoteRef[] },
): Promise<void> {
  const globs = options.requiredBranches ?? []
  const branches = chooseBranches(refs, globs)
  if (branches.some((branch) => branch.commit === commit)) return
  if (branches.length > 0) {
    const found = await findInHistory(runner, toQuestion(options, branches, commit))
    if (found.includes(commit)) return
  }
  const allowed = globs.join(', ')
  const message = `commit ${commit} is on no branch of ${options.repository} that may use these secrets (${allowed})`
  throw new CloneProblem('CommitNotOnBranch', message)
}

function toQuestion({ repository, commitFile }: CloneOptions, refs: readonly RemoteRef[], prefix: string) {
  const objectFormat = refs[0]?.commit.length === 64 ? ('sha256' as const) : ('sha1' as const)
  return { repository, refs: refs.map(({ name }) => name), prefix, objectFormat, near: commitFile }
}
