/**
 * Git's argument lists. None goes through a shell; what comes from outside stands behind --end-of-options or has been
 * checked to be a commit or a full ref name.
 */

export function planInit(folder: string, objectFormat: 'sha1' | 'sha256'): string[] {
  // Shared by the group, because the step may run as another user of the same group.
  return [
    'init',
    '--quiet',
    '--template=',
    '--shared=group',
    `--object-format=${objectFormat}`,
    '--end-of-options',
    folder,
  ]
}

export function planBareInit(folder: string, objectFormat: 'sha1' | 'sha256'): string[] {
  return ['init', '--quiet', '--bare', '--template=', `--object-format=${objectFormat}`, '--end-of-options', folder]
}

export function planRemote(repository: string): string[] {
  return ['remote', 'add', 'origin', repository]
}

export function planListRefs(repository: string): string[] {
  return ['ls-remote', '--quiet', '--end-of-options', repository]
}

const fetch = ['fetch', '--quiet', '--no-tags', '--no-recurse-submodules', '--no-write-commit-graph']

/** The commit alone, by its id. */
export function planFetchCommit(commit: string, depth: number): string[] {
  return [...fetch, ...(depth > 0 ? [`--depth=${depth}`] : []), '--end-of-options', 'origin', commit]
}

/** Where a commit was said to be. */
export interface CommitHint {
  readonly branch?: string
  readonly tag?: string
  /** In full. */
  readonly ref?: string
}

/** The ref in full that may hold the commit when the server does not give out commits by id. */
export function toHintRef({ branch, tag, ref }: CommitHint): string | undefined {
  if (ref !== undefined) return ref
  if (branch !== undefined) return `refs/heads/${branch}`
  return tag === undefined ? undefined : `refs/tags/${tag}`
}

export function planFetchRef(ref: string, depth: number): string[] {
  return [...fetch, ...(depth > 0 ? [`--depth=${depth}`] : []), '--end-of-options', 'origin', toRefspec(ref)]
}

/** And at last everything: branches, tags, and the ref that is neither, such as the head of a pull request. */
export function planFetchAll(isShallow: boolean, ref?: string): string[] {
  const all = [toRefspec('refs/heads/*'), '+refs/tags/*:refs/tags/*', ...(ref === undefined ? [] : [toRefspec(ref)])]
  return [...fetch, ...(isShallow ? ['--unshallow'] : []), '--end-of-options', 'origin', ...all]
}

/** Commits without files; a server that cannot leave files out sends them too. Refs are read from standard input. */
export function planFetchHistory(repository: string): string[] {
  return [...fetch, '--filter=tree:0', '--stdin', '--end-of-options', repository]
}

/** The commit alone, without folders and files, from servers that can leave them out. */
export function planFetchMessage(commit: string): string[] {
  return [...fetch, '--depth=1', '--filter=tree:0', '--end-of-options', 'origin', commit]
}

export function planShowMessage(commit: string): string[] {
  return ['log', '--max-count=1', '--format=%B', '--end-of-options', commit]
}

/** The commit and its folders, without files; a server that cannot leave them out sends them too. */
export function planFetchTrees(commit: string): string[] {
  return [...fetch, '--depth=1', '--filter=blob:none', '--end-of-options', 'origin', commit]
}

/** Files by their ids, all at once; asks nobody for those that are here. */
export function planFetchFiles(ids: readonly string[]): string[] {
  const alone = ['--no-write-fetch-head', '--filter=blob:none']
  return ['-c', 'fetch.negotiationAlgorithm=noop', ...fetch, ...alone, '--end-of-options', 'origin', ...ids]
}

/** Entries by path; those of a folder where the path ends with a slash. Each ends with NUL. */
export function planListTree(commit: string, paths: readonly string[]): string[] {
  return ['ls-tree', '-z', '--full-tree', '--end-of-options', commit, ...paths]
}

/** Ids are read from standard input; answers `<id> <type> <size>` for each, or with the content after it. */
export function planReadObjects(what: 'sizes' | 'contents'): string[] {
  return ['cat-file', what === 'sizes' ? '--batch-check' : '--batch']
}

/** With the branch that HEAD stands for. */
export function planListHeads(repository: string): string[] {
  return ['ls-remote', '--quiet', '--symref', '--end-of-options', repository]
}

export function planListHistory(): string[] {
  return ['rev-list', '--all']
}

export function planHasCommit(commit: string): string[] {
  return ['cat-file', '-e', `${commit}^{commit}`]
}

export function planCheckout(commit: string): string[] {
  return ['checkout', '--quiet', '--force', '--detach', commit, '--']
}

export function planSubmodules(depth: number): string[] {
  const shallow = depth > 0 ? [`--depth=${depth}`] : []
  return ['submodule', '--quiet', 'update', '--init', '--recursive', '--jobs=4', ...shallow]
}

/** The ref under the name it would have in an ordinary clone. */
function toRefspec(ref: string): string {
  return `+${ref}:${ref.replace(/^refs\/heads\//, 'refs/remotes/origin/')}`
}
