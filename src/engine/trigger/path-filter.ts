import { isAnyGlobMatch } from '../../lib/glob.ts'

/** Of a trigger: which files must have changed. */
export interface PathFilter {
  readonly paths?: readonly string[]
  readonly ignorePaths?: readonly string[]
}

/**
 * Most work that a filter is worth, as wildcards × characters of all paths: about a second. Beyond it the pipeline runs,
 * as it does where the forge cannot tell what changed.
 */
const mostWork = 15_000_000

export function hasPathFilter({ paths, ignorePaths }: PathFilter): boolean {
  return paths !== undefined || ignorePaths !== undefined
}

/** Whether files changed that the filter asks for. `changes` undefined: nobody can tell, so yes. */
export function passesPathFilter(filter: PathFilter, changes: readonly string[] | undefined): boolean {
  const { paths, ignorePaths = [] } = filter
  if (changes === undefined || !hasPathFilter(filter)) return true
  if (isTooMuchWork([...(paths ?? []), ...ignorePaths], changes)) return true
  // A commit that changes nothing at all asks for a run, unless certain files are asked for.
  if (changes.length === 0) return paths === undefined
  return changes.some(
    (path) => !isAnyGlobMatch(ignorePaths, path) && (paths === undefined || isAnyGlobMatch(paths, path)),
  )
}

export function isTooMuchWork(globs: readonly string[], paths: readonly string[]): boolean {
  const wildcards = globs.reduce((sum, glob) => sum + measureGlob(glob), 0)
  return wildcards * paths.reduce((sum, path) => sum + path.length, 0) > mostWork
}

/** Its wildcards, or what a long one takes beside them: 32 characters of it are held against one of a path at once. */
function measureGlob(glob: string): number {
  return 1 + Math.max(glob.match(/\*+/g)?.length ?? 0, Math.floor(glob.length / 32))
}
