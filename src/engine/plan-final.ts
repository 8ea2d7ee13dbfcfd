import { labels } from '../../crds/labels.ts'
import { isLogIncomplete } from './pod/judge-pod.ts'
import type { RunPlan } from './run-plan.ts'
import type { Snapshot } from './snapshot.ts'
import { refreshFinalStatus } from './status/run-status.ts'
import { listLiveCalls } from './step/fold-call.ts'
import { isOwnedBy } from './step/step-objects.ts'
import { findWork } from './step/work.ts'

/**
 * A final run stays as it is. What still runs of it is stopped: a former leader may have created it late. A log that
 * turned out incomplete after the end is noted, and a generation that only brought a late cancel is marked as seen.
 */
export function planFinal(snapshot: Snapshot): Pick<RunPlan, 'stops' | 'status'> {
  const { run } = snapshot
  const jobs = snapshot.jobs.filter((job) => isOwnedBy(job, run.metadata.uid))
  const pods = snapshot.pods.filter((pod) => jobs.some((job) => isOwnedBy(pod, job.metadata.uid)))
  const stops = [...findWork(jobs, pods).work, ...listLiveCalls(snapshot)]
  if (!isStale(snapshot)) return { stops }
  const incomplete = pods.filter(isLogIncomplete).flatMap(({ metadata }) => metadata.labels?.[labels.step] ?? [])
  return { stops, status: refreshFinalStatus(snapshot, [...new Set(incomplete)].sort()) }
}

/** Whether a final run's status has to be looked at in full: the controller keeps only a stub of it in memory. */
export function isStale({ run, pods }: Pick<Snapshot, 'run' | 'pods'>): boolean {
  const isSeen = run.status?.observedGeneration === (run.metadata.generation ?? 0)
  const isNoted = run.status?.conditions?.some(({ type }) => type === 'LogsIncomplete') === true
  return !isSeen || (!isNoted && pods.some(isLogIncomplete))
}
