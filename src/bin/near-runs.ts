import type { PipelineRun } from '../../crds/kinds.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { holdsRoom } from '../engine/queue/held.ts'
import { omitUndefined } from '../engine/status/rows.ts'
import { isRunFinal } from '../engine/status/run-status.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { isCurrent } from './current-informer.ts'
import type { NearOptions } from './near-objects.ts'
import { sightIndexes } from './near-queue.ts'

/**
 * As much of a run as a Job of it is judged and completed by, and whether it waits. Of an ended run nothing is kept but that it is there: no Job
 * is made of it any more.
 */
export function trimNearRun(run: PipelineRun): PipelineRun {
  const { name, namespace, uid, resourceVersion, deletionTimestamp } = run.metadata
  const metadata = omitUndefined({ name, namespace, uid, resourceVersion, deletionTimestamp })
  const { status, spec } = run
  if (isRunFinal(status?.phase)) return { metadata, spec: { commit: '' } }
  const { pipelineSpec: _inline, ...kept } = spec
  const { phase, commit, queue } = status ?? {}
  const steps = status?.steps?.map((row) => {
    const { name: step, phase: now, reason, exitCode } = row
    return omitUndefined({
      name: step,
      phase: now,
      reason,
      exitCode,
      jobName: holdsRoom(row) ? row.jobName : undefined,
    })
  })
  return { metadata, spec: kept, status: omitUndefined({ phase, commit, queue, steps }) }
}

/** The runs of which Jobs are judged, and how many of them run and wait where. */
export function watchRuns(options: NearOptions): {
  readonly runs: Informer<PipelineRun>
  readonly near: Pick<NearObjects, 'findRun'>
} {
  const runs = createInformer<PipelineRun>({
    ...options,
    type: resourceTypes.pipelineRun,
    transform: trimNearRun,
    indexes: sightIndexes,
  })
  const findRun: NearObjects['findRun'] = (namespace, name) =>
    isCurrent(runs) ? runs.get({ namespace, name }) : undefined
  return { runs, near: { findRun } }
}
