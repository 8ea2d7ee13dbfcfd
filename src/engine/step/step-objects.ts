import { annotations, labels } from '../../../crds/labels.ts'
import type { StepStatus } from '../../../crds/pipeline-run.ts'
import type { Job, KubeObject, Pod } from '../../lib/kubernetes.ts'
import type { Snapshot } from '../snapshot.ts'

export interface StepObjects {
  /** Newest attempt first. */
  readonly jobs: readonly Job[]
  readonly pods: readonly Pod[]
}

/**
 * The Jobs and pods of a run by step. What counts is the owner's uid; labels only say where to look. Pods of a Job that
 * is gone are found by their owner too, since the list of Jobs then lacks it.
 */
export function groupByStep({ run, jobs, pods }: Snapshot): ReadonlyMap<string, StepObjects> {
  const groups = new Map<string, { jobs: Job[]; pods: Pod[] }>()
  const groupOf = (object: KubeObject) => {
    const step = object.metadata.labels?.[labels.step] ?? ''
    const group = groups.get(step) ?? { jobs: [], pods: [] }
    groups.set(step, group)
    return group
  }
  for (const job of jobs) if (isOwnedBy(job, run.metadata.uid)) groupOf(job).jobs.push(job)
  for (const pod of pods) if (pod.metadata.labels?.[labels.runUid] === run.metadata.uid) groupOf(pod).pods.push(pod)
  for (const group of groups.values()) group.jobs.sort((a, b) => attemptOf(b) - attemptOf(a))
  return groups
}

export function isOwnedBy({ metadata }: KubeObject, uid: string | undefined): boolean {
  return metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true
}

/**
 * Whether a Job is a step's at all: admission lets only the controller create one with this label, and lets nobody add it later. Owner,
 * name and the other labels anybody may write who creates Jobs.
 */
export function isStepJob({ metadata }: Job): boolean {
  return metadata.labels?.[labels.jobType] === 'step'
}

/** Admission has not let it go: it is no attempt of a step, and never ran. */
export function isHeld({ metadata }: Job): boolean {
  return metadata.annotations?.[annotations.held] !== undefined
}

/** From the label, which only the controller may set on a Job. */
export function attemptOf({ metadata }: KubeObject): number {
  const attempt = Number.parseInt(metadata.labels?.[labels.attempt] ?? '', 10)
  return Number.isSafeInteger(attempt) && attempt > 0 ? attempt : 1
}

/** The Job that the step's state is told by: the newest, but for those that status knows as earlier attempts. */
export function findCurrentJob({ jobs }: StepObjects, last: StepStatus | undefined): Job | undefined {
  const earlier = new Set(last?.attempts?.map(({ jobName }) => jobName))
  return jobs.find(({ metadata }) => metadata.name === last?.jobName || !earlier.has(metadata.name))
}

/** Pods of one Job; where the Job is gone, the pod that the step's status names. */
export function findPods(objects: StepObjects, job: Job | undefined, last: StepStatus | undefined): readonly Pod[] {
  if (job !== undefined) return objects.pods.filter((pod) => isOwnedBy(pod, job.metadata.uid))
  return objects.pods.filter(({ metadata }) => metadata.name === last?.podName)
}
