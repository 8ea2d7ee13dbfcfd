import { findText } from './answers.ts'
import type { Conversation } from './conversation.ts'
import { type Listing, readPages } from './pages.ts'

/** More changed files than this are not listed: nobody knows them all then. */
export const mostChanges = 3000

/** Every path once, old and new names of what was renamed, sorted. */
export function toPaths(files: readonly unknown[], names: readonly string[]): readonly string[] {
  const paths = files.flatMap((file) => names.map((name) => findText(file, name)))
  return [...new Set(paths.filter((path) => path !== undefined))].sort()
}

/** All paths of a paged list; undefined where not all of them could be read. */
export function* readPaths(
  listing: Omit<Listing<unknown>, 'read'>,
  names: readonly string[],
): Conversation<readonly string[] | undefined> {
  const { items, isComplete } = yield* readPages({ ...listing, read: (file) => [file] })
  return isComplete ? toPaths(items, names) : undefined
}
