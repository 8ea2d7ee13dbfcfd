import type { PipelineRun } from '../../../crds/kinds.ts'
import type { History } from '../../../crds/parts/placement.ts'

/** Runs of a sort that are kept where nobody says how many, of those that events made: nobody asked for each of them. */
export const usualLimit = 100

/**
 * Which runs count together: those of a config, and those of a pipeline in the files of a connection's repository. Undefined
 * for a run that somebody made with its pipeline in it: that is nobody's to delete.
 */
export function toHistoryKey({ metadata: { namespace = '' }, spec }: PipelineRun): string | undefined {
  const { pipelineConfigRef, event, parent } = spec
  if (parent !== undefined) return undefined
  if (pipelineConfigRef !== undefined) return `${namespace}/config/${pipelineConfigRef}`
  if (event?.connection === undefined) return undefined
  return `${namespace}/file/${event.connection}/${event.pipeline}`
}

/** The config that a history is of; undefined where it is of a file. */
export function parseHistoryKey(key: string): { readonly namespace: string; readonly config?: string } {
  const [namespace = '', kind, name] = key.split('/')
  return kind === 'config' && name !== undefined ? { namespace, config: name } : { namespace }
}

/**
 * What the newest run of a file's pipeline was frozen with: what an older commit said counts no longer. What a fork says never does:
 * anybody may open a pull request, and could have the runs of others deleted by it.
 */
export function findFileHistory(runs: readonly PipelineRun[]): History | undefined {
  const own = runs.filter(({ spec }) => spec.event?.pullRequest?.fork !== true)
  const newest = own.reduce<PipelineRun | undefined>(
    (last, run) => (last === undefined || toCreated(run) >= toCreated(last) ? run : last),
    undefined,
  )
  return newest?.spec.plan?.history
}

function toCreated({ metadata, spec }: PipelineRun): string {
  return spec.event?.receivedAt ?? metadata.creationTimestamp ?? ''
}
