import type { Head } from '../../../crds/repository-connection.ts'
import { isFullCommit } from '../../lib/forge-event.ts'

/** A ref that is at another commit than the one dealt with last. */
export interface Move extends Head {
  /** The commit dealt with last; absent for a new ref. */
  readonly before?: string
}

export interface Comparison {
  /** What is to be dealt with, in the order in which the forge listed it. */
  readonly moves: readonly Move[]
  /** What has been dealt with: without refs that are gone, with those that start nothing. Sorted by ref. */
  readonly heads: readonly Head[]
  /** The forge may have more refs than it listed. */
  readonly isCut: boolean
}

/** As many as a forge lists, and as many as status holds. */
export const mostHeads = 1000
/** More new refs at one look are no push but a mirror, or a repository that was unlisted for a while. */
const mostNew = 50
/** Of crds/repository-connection.ts. */
const longestRef = 512

/**
 * Compares the refs that a forge lists with those dealt with. Without any dealt with, all are: what was there before c8s
 * looked starts nothing. Where the list may be cut, a ref that is not in it may still be there, and one that is new in it may
 * be old: only refs that are known are followed then.
 */
export function compareHeads(known: readonly Head[] | undefined, listed: readonly Head[]): Comparison {
  const seen = toMap(listed.filter(({ ref, commit }) => ref.length <= longestRef && isFullCommit(commit)))
  const isCut = listed.length >= mostHeads
  const dealt = toMap(known ?? [])
  const fresh = [...seen.keys()].filter((ref) => !dealt.has(ref))
  const startsFresh = known !== undefined && !isCut && fresh.length <= mostNew
  const moves = [...seen].flatMap(([ref, commit]) => {
    const before = dealt.get(ref)
    if (before === undefined) return startsFresh ? [{ ref, commit }] : []
    return before === commit ? [] : [{ ref, commit, before }]
  })
  const kept = [...dealt].filter(([ref]) => isCut || seen.has(ref))
  const silent: readonly (readonly [string, string])[] = startsFresh ? [] : [...seen].filter(([ref]) => !dealt.has(ref))
  return { moves, heads: toHeads([...kept, ...silent]), isCut }
}

/** The heads once a move has been dealt with. */
export function recordHead(heads: readonly Head[], { ref, commit }: Move): readonly Head[] {
  return toHeads([...toMap(heads), [ref, commit]])
}

/** In the order given; the first that is told of a ref counts. */
function toMap(heads: readonly Head[]): Map<string, string> {
  const map = new Map<string, string>()
  for (const { ref, commit } of heads) if (!map.has(ref)) map.set(ref, commit)
  return map
}

/** Those that are known already stay when there is no room for all. */
function toHeads(entries: readonly (readonly [string, string])[]): readonly Head[] {
  return [...new Map(entries)]
    .slice(0, mostHeads)
    .map(([ref, commit]) => ({ ref, commit }))
    .sort((a, b) => (a.ref < b.ref ? -1 : 1))
}
