import type { PipelineRun } from '../../crds/kinds.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { omitUndefined } from '../engine/status/rows.ts'
import { isRunFinal } from '../engine/status/run-status.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { isCurrent } from './current-informer.ts'
import type { NearOptions } from './near-objects.ts'

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
    return omitUndefined({ name: row.name, phase: row.phase, reason: row.reason, exitCode: row.exitCode })
  })
  return { metadata, spec: kept, status: omitUndefined({ phase, commit, queue, steps }) }
}

/** The runs of which Jobs are judged. */
export function watchRuns(options: NearOptions): {
  readonly informers: readonly Informer<PipelineRun>[]
  readonly near: Pick<NearObjects, 'findRun' | 'countWaiting'>
} {
  const runs = createInformer<PipelineRun>({
    ...options,
    type: resourceTypes.pipelineRun,
    transform: trimNearRun,
    // Only those that wait: a dry run asks how many there are.
    indexes: { waiting: ({ metadata, status }) => (status?.queue === undefined ? [] : [metadata.namespace ?? '']) },
  })
  const findRun: NearObjects['findRun'] = (namespace, name) =>
    isCurrent(runs) ? runs.get({ namespace, name }) : undefined
  const countWaiting: NearObjects['countWaiting'] = (namespace) =>
    isCurrent(runs) ? runs.getByIndex('waiting', namespace).length : undefined
  return { informers: [runs], near: { findRun, countWaiting } }
}
