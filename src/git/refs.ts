import { isAnyGlobMatch } from '../lib/glob.ts'

export interface RemoteRef {
  readonly commit: string
  readonly name: string
}

/** The lines of `git ls-remote`; an annotated tag's commit is the line with ^{}, which replaces the tag object's. */
export function parseRefs(text: string): RemoteRef[] {
  const refs = new Map<string, string>()
  for (const line of text.split('\n')) {
    const { commit, name } = /^(?<commit>[0-9a-f]{40}|[0-9a-f]{64})\t(?<name>[^\n]+)$/.exec(line)?.groups ?? {}
    if (commit !== undefined && name !== undefined) refs.set(name.replace(/\^\{\}$/, ''), commit)
  }
  return [...refs].map(([name, commit]) => ({ name, commit }))
}

/** The branches whose names match one of the globs. */
export function chooseBranches(refs: readonly RemoteRef[], globs: readonly string[]): RemoteRef[] {
  return refs.filter(({ name }) => name.startsWith('refs/heads/') && isAnyGlobMatch(globs, name.slice(11)))
}

/** Commits among the tips that begin with the text, each once. */
export function findTips(refs: readonly RemoteRef[], prefix: string): string[] {
  return [...new Set(refs.map(({ commit }) => commit).filter((commit) => commit.startsWith(prefix)))]
}

/** Why git would not take this as the name of a branch or tag (git-check-ref-format(1)); undefined where it would. */
export function findRefProblem(name: string): string | undefined {
  if (name === '' || name.startsWith('-')) return 'is empty or starts with a dash'
  if (/[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|^@$/u.test(name)) return 'holds characters that no branch or tag has'
  if (name.split('/').some((part) => part.startsWith('.') || part.endsWith('.lock')) || name.endsWith('.')) {
    return 'has a part that no branch or tag has'
  }
  return undefined
}

/** The same for a ref in full, such as refs/pull/7/head. */
export function findFullRefProblem(ref: string): string | undefined {
  return ref.startsWith('refs/') ? findRefProblem(ref) : 'does not start with refs/'
}
