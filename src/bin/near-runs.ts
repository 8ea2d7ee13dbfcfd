import type { PipelineRun } from '../../crds/kinds.ts'
import { omitUndefined } from '../engine/status/rows.ts'
import { isRunFinal } from '../engine/status/run-status.ts'

/**
 * As much of a run as a Job of it is judged and completed by. Of an ended run nothing is kept but that it is there: no Job
 * is made of it any more.
 */
export function trimNearRun(run: PipelineRun): PipelineRun {
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = run.metadata
  const metadata = omitUndefined({ name, namespace, uid, resourceVersion, deletionTimestamp })
  const { status, spec } = run
  if (isRunFinal(status?.phase)) return { metadata, spec: { commit: '' } }
  const { pipelineSpec: _inline, ...kept } = spec
  const { phase, commit } = status ?? {}
  const steps = status?.steps?.map((row) => {
    return omitUndefined({ name: row.name, phase: row.phase, reason: row.reason, exitCode: row.exitCode })
  })
  return { metadata, spec: kept, status: omitUndefined({ phase, commit, steps }) }
}
