import type { ForgeHead } from '../../vcs/calls.ts'

/** What git answers, read. Texts hold one byte in each character, as src/git/run.ts gives them. */

export interface TreeEntry {
  /** Six octal digits. */
  readonly mode: string
  readonly id: string
  readonly path: string
}

/** `git ls-tree -z`. */
export function parseTree(text: string): TreeEntry[] {
  return text.split('\0').flatMap((line) => {
    const { mode, id, path } = /^(?<mode>\d{6}) \w+ (?<id>[0-9a-f]+)\t(?<path>.+)$/s.exec(line)?.groups ?? {}
    return mode === undefined || id === undefined || path === undefined ? [] : [{ mode, id, path: toText(path) }]
  })
}

/** `git cat-file --batch-check`: bytes by id, of files that are there. */
export function parseSizes(text: string): Map<string, number> {
  const rows = text.split('\n').map((line) => /^([0-9a-f]+) blob (\d+)$/.exec(line))
  return new Map(rows.flatMap((row) => (row === null ? [] : [[row[1] ?? '', Number(row[2])]])))
}

/** `git cat-file --batch`: texts by id. */
export function parseContents(text: string): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at)
    const [, id = '', size] = /^([0-9a-f]+) blob (\d+)$/.exec(text.slice(at, end)) ?? []
    if (end < 0 || size === undefined) break
    const start = end + 1
    found.set(id, toText(text.slice(start, start + Number(size))))
    at = start + Number(size) + 1
  }
  return found
}

export interface ListedHeads {
  readonly defaultBranch?: string
  readonly heads: readonly ForgeHead[]
}

/** Gathers the lines of `git ls-remote --symref` of a server that may have very many refs. */
export function createHeadsReader(kinds: readonly ('heads' | 'tags')[] = ['heads', 'tags']) {
  const wanted = new RegExp(`^([0-9a-f]{40}|[0-9a-f]{64})\\t(refs/(?:${kinds.join('|')})/.+)$`)
  const heads = new Map<string, string>()
  let defaultRef: string | undefined
  return {
    take(line: string): void {
      const symbolic = /^ref: (refs\/heads\/.+)\tHEAD$/.exec(line)?.[1]
      if (symbolic !== undefined) defaultRef = toText(symbolic)
      const [, commit = '', ref] = wanted.exec(line) ?? []
      // The line with ^{} comes second and holds the commit that the tag object stands for.
      if (ref !== undefined) heads.set(toText(ref).replace(/\^\{\}$/, ''), commit)
    },
    /** The default branch first, then branches, then tags, each by name; the first so many. */
    read(most: number): ListedHeads {
      const rank = (ref: string) => (ref === defaultRef ? 0 : ref.startsWith('refs/heads/') ? 1 : 2)
      const sorted = [...heads].sort(([one], [other]) => rank(one) - rank(other) || (one < other ? -1 : 1))
      const list = sorted.slice(0, most).map(([ref, commit]) => ({ ref, commit }))
      return { ...(defaultRef === undefined ? {} : { defaultBranch: defaultRef.slice(11) }), heads: list }
    },
  }
}

/** What was read byte by byte, as the UTF-8 it is. */
export function toText(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString()
}
