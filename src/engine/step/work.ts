import { podNames } from '../../../crds/labels.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import { findEnd, isPodDone } from '../pod/container.ts'
import type { Work } from './step-state.ts'

/** The pod still runs the step, or may start to. A step that has ended is let alone: its shipper drains. */
function isBusy(pod: Pod): boolean {
  return !isPodDone(pod) && findEnd(pod, podNames.stepContainer) === undefined
}

/** One second is the least that Kubernetes takes, and less than any step's own deadline. */
export const stopDeadlineSeconds = 1

function isPodStopped(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined || pod.spec?.activeDeadlineSeconds === stopDeadlineSeconds
}

/**
 * Suspended by c8s itself: should anybody resume it, its time is over at once. Without the deadline it is another
 * controller, such as Kueue, or a person that keeps it from starting.
 */
function isJobStopped({ spec }: Job): boolean {
  return spec?.suspend === true && spec.activeDeadlineSeconds === stopDeadlineSeconds
}

function isJobDone(job: Job): boolean {
  const ends = job.status?.conditions?.filter(({ type, status }) => status === 'True' && endTypes.has(type))
  return ends !== undefined && ends.length > 0
}
const endTypes: ReadonlySet<string> = new Set(['Complete', 'Failed'])

export interface WorkOfStep {
  readonly work: readonly Work[]
  readonly isStopped: boolean
  readonly isQuiet: boolean
}

/**
 * What would have to be stopped: pods that kubelet has taken are ended by a deadline, which keeps them and their log;
 * a Job whose pod never started is suspended.
 */
export function findWork(jobs: readonly Job[], pods: readonly Pod[]): WorkOfStep {
  const busy = pods.filter(isBusy)
  const started = busy.filter((pod) => pod.status?.startTime !== undefined)
  const stoppable = started.filter((pod) => !isPodStopped(pod)).map((pod) => toWork('pod', pod))
  const startedJobs = new Set(started.flatMap((pod) => pod.metadata.ownerReferences?.map(({ uid }) => uid) ?? []))
  const open = jobs.filter((job) => isOpen(job) && !hasEndedPod(job, pods))
  const suspendable = open.filter((job) => !isJobStopped(job) && !startedJobs.has(job.metadata.uid ?? ''))
  return {
    work: [...stoppable, ...suspendable.map((job) => toWork('job', job))].sort((a, b) => (a.name < b.name ? -1 : 1)),
    isStopped: pods.some(isPodStopped) || jobs.some(isJobStopped),
    isQuiet: busy.length === 0 && open.every((job) => job.spec?.suspend === true),
  }
}

/** Its pod is there, or is about to be made. */
export function isJobGoing(job: Job): boolean {
  return isOpen(job) && job.spec?.suspend !== true
}

function isOpen(job: Job): boolean {
  return !isJobDone(job) && job.metadata.deletionTimestamp === undefined
}

/** The Job is about to end by itself: the step container has, and the Job controller will not start another pod. */
function hasEndedPod(job: Job, pods: readonly Pod[]): boolean {
  return pods.some(
    (pod) =>
      pod.metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid) === true &&
      !isBusy(pod) &&
      !pod.status?.conditions?.some(({ type, status }) => type === 'DisruptionTarget' && status === 'True'),
  )
}

function toWork(kind: Work['kind'], { metadata }: Job | Pod): Work {
  return { kind, name: metadata.name ?? '', uid: metadata.uid ?? '' }
}
