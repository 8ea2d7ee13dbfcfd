import type { PipelineSpec } from '../../../crds/pipeline-config.ts'
import { isProblem, readExpression } from '../../../crds/rules/expression.ts'
import { type Candidate, isBroken } from './candidate.ts'
import { hasPathFilter, isTooMuchWork } from './path-filter.ts'

/** Lengths of crds/parts/event.ts. */
const mostFiles = 500
const longestName = 1024
/** Of all names together: the run is read and written whole many times. */
const mostBytes = 64 * 1024

/** Whether a step of the pipeline runs by which files changed. */
export function asksForChanges(candidate: Candidate): boolean {
  if (isBroken(candidate)) return false
  const { steps, finally: last = [] } = candidate.spec
  return [...steps, ...last].some(({ conditional = {} }) => hasPathFilter(conditional) || isRead(conditional.when))
}

function isRead(when: string | undefined): boolean {
  const read = when === undefined ? undefined : readExpression(when)
  return read !== undefined && !isProblem(read) && read.variables.has('changedFiles')
}

type FilteredPipeline = Pick<PipelineSpec, 'steps' | 'finally'>

/**
 * The changed files as a run carries them; undefined where they are not known, too many, or too many for the filters of all its
 * steps together. Part of them would mislead.
 */
export function fitChanges(files: readonly string[] | undefined, spec: FilteredPipeline): string[] | undefined {
  if (files === undefined || files.length > mostFiles) return undefined
  const isTooLong = files.some((name) => name.length > longestName)
  if (isTooLong || Buffer.byteLength(JSON.stringify(files)) > mostBytes) return undefined
  return isTooMuchWork(listFilters(spec), files) ? undefined : [...files]
}

function listFilters({ steps, finally: last = [] }: FilteredPipeline): readonly string[] {
  return [...steps, ...last].flatMap(({ conditional: { paths = [], ignorePaths = [] } = {} }) => [
    ...paths,
    ...ignorePaths,
  ])
}
