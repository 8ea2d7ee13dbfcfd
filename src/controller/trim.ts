import { annotations, labels } from '../../crds/labels.ts'
import type { Container, ContainerStatus, Job, KubeObject, ObjectMeta, Pod, PodSpec } from '../lib/kubernetes.ts'
import { trimServiceStatus } from './trim-services.ts'

/** What is dropped here is never seen by the controller: memory is what a thousand ended runs cost. */
const keptLabels: readonly string[] = [labels.runUid, labels.step, labels.attempt]

export function trimMetadata({ metadata }: KubeObject): ObjectMeta {
  const { name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp } = metadata
  return dropUndefined({ name, namespace, uid, resourceVersion, generation, creationTimestamp, deletionTimestamp })
}

function dropUndefined(metadata: { [K in keyof ObjectMeta]?: ObjectMeta[K] | undefined }): ObjectMeta {
  return Object.fromEntries(Object.entries(metadata).filter(([, value]) => value !== undefined))
}

function trimChildMetadata(object: KubeObject): ObjectMeta {
  const { labels: found = {}, ownerReferences = [] } = object.metadata
  return {
    ...trimMetadata(object),
    labels: Object.fromEntries(keptLabels.flatMap((key) => (found[key] === undefined ? [] : [[key, found[key]]]))),
    ownerReferences: ownerReferences.map(({ apiVersion, kind, name, uid, controller = false }) => {
      return { apiVersion, kind, name, uid, controller }
    }),
  }
}

const noTemplate = { spec: { containers: [] } } as const

export function trimJob(job: Job): Job {
  const { suspend, activeDeadlineSeconds } = job.spec ?? {}
  const held = job.metadata.annotations?.[annotations.held]
  const conditions = job.status?.conditions?.map(({ type, status, reason = '', lastTransitionTime = '' }) => {
    return { type, status, reason, lastTransitionTime }
  })
  return {
    metadata: {
      ...trimChildMetadata(job),
      ...(held === undefined ? {} : { annotations: { [annotations.held]: held } }),
    },
    spec: {
      template: noTemplate,
      ...(suspend === undefined ? {} : { suspend }),
      // With suspend it is the mark of a Job that c8s stopped.
      ...(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }),
    },
    ...(conditions === undefined ? {} : { status: { conditions } }),
  }
}

export function trimPod(pod: Pod): Pod {
  const { status = {} } = pod
  const { phase, reason, message, startTime, conditions, initContainerStatuses, containerStatuses } = status
  const isDone = phase === 'Succeeded' || phase === 'Failed'
  const kept = {
    phase,
    reason,
    message,
    startTime,
    conditions: conditions?.filter(({ type }) => keptConditions.has(type)),
    initContainerStatuses: initContainerStatuses?.map(trimContainerStatus),
    containerStatuses: containerStatuses?.map(trimContainerStatus),
  }
  return {
    metadata: trimChildMetadata(pod),
    ...(pod.spec === undefined ? {} : { spec: trimPodSpec(pod.spec, isDone) }),
    status: Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined)),
  }
}

const keptConditions: ReadonlySet<string> = new Set([
  'PodScheduled',
  'Initialized',
  'PodReadyToStartContainers',
  'DisruptionTarget',
])

function trimContainerStatus(status: ContainerStatus): ContainerStatus {
  const { name, state } = status
  return { name, ...(state === undefined ? {} : { state }), ...trimServiceStatus(status) }
}

/** Of an ended pod only whether it was stopped matters; of others also which image they wait for. */
function trimPodSpec({ activeDeadlineSeconds, initContainers = [], containers }: PodSpec, isDone: boolean): PodSpec {
  const deadline = activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }
  if (isDone) return { ...deadline, containers: [] }
  return { ...deadline, initContainers: initContainers.map(trimContainer), containers: containers.map(trimContainer) }
}

/** The queue counts what it asks for. */
function trimContainer({ name, image, resources, restartPolicy }: Container): Container {
  return {
    name,
    ...(image === undefined ? {} : { image }),
    ...(resources === undefined ? {} : { resources }),
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  }
}

/** A FailedCreate event of a Job. */
export interface FailureEvent extends KubeObject {
  readonly involvedObject?: { readonly uid?: string; readonly kind?: string }
  readonly reason?: string
  readonly message?: string
  readonly lastTimestamp?: string | null
  readonly eventTime?: string | null
}

export function trimFailureEvent(event: FailureEvent): FailureEvent {
  const { involvedObject = {}, message = '', reason, lastTimestamp, eventTime } = event
  const { uid = '' } = involvedObject
  return {
    metadata: trimMetadata(event),
    involvedObject: { uid },
    ...(reason === undefined ? {} : { reason }),
    message: message.slice(0, 1000),
    lastTimestamp: lastTimestamp ?? eventTime ?? null,
  }
}
