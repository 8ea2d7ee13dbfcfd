import { labels } from '../../../../crds/labels.ts'
import type { Job, Pod } from '../../../lib/kubernetes.ts'
import { type DoctorCheck, ok, type Said, warning, whenRead } from '../check.ts'

/** Jobs are many, and those of the last minutes tell how it is now. */
const newest = 20
const leastSample = 5
/** One second is what a timestamp can be off by; three Jobs a second are what the default allows. */
const slowSeconds = 3

/**
 * Whether kube-controller-manager makes pods as fast as c8s makes Jobs. The sign is how long after its Job the first pod of a step
 * was made: at rest less than a second; with its default of 20 requests a second and many Jobs at once, many seconds. No load is made for it.
 */
export const jobController: DoctorCheck = {
  id: 'job-controller',
  judge: ({ jobs, pods }) => whenRead(jobs, (ours) => whenRead(pods, (theirs) => [judgeLags(listLags(ours, theirs))])),
}

/** Kueue keeps a Job back until its turn comes, so when its pod comes says nothing. */
const isQueued = ({ labels: marks = {} }: Job['metadata']) => marks[labels.kueueQueue] !== undefined

function listLags(jobs: readonly Job[], pods: readonly Pod[]): readonly number[] {
  const firstPods = new Map<string, number>()
  for (const { metadata } of pods) {
    const at = Date.parse(metadata.creationTimestamp ?? '')
    for (const { uid } of metadata.ownerReferences ?? []) firstPods.set(uid, Math.min(at, firstPods.get(uid) ?? at))
  }
  return jobs
    .filter(({ spec, metadata }) => spec?.suspend !== true && firstPods.has(metadata.uid ?? '') && !isQueued(metadata))
    .toSorted((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1))
    .slice(0, newest)
    .map(
      ({ metadata }) =>
        ((firstPods.get(metadata.uid ?? '') ?? 0) - Date.parse(metadata.creationTimestamp ?? '')) / 1000,
    )
}

function judgeLags(lags: readonly number[]): Said {
  if (lags.length < leastSample) return ok('too few steps have run lately to tell how fast pods are made')
  const median = lags.toSorted((a, b) => a - b)[Math.floor(lags.length / 2)] ?? 0
  const measured = `the pod of a step comes ${median} s after its Job (median of the newest ${lags.length})`
  if (median < slowSeconds) return ok(measured)
  return warning(
    `${measured}: kube-controller-manager is held back, or has much to do`,
    'raise --kube-api-qps and --kube-api-burst: docs/install.md, "Many Jobs at once"',
  )
}
