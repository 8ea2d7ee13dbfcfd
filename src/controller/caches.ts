import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import { toGroupKey } from '../engine/concurrency/supersede.ts'
import { isPodDone } from '../engine/pod/container.ts'
import { reportIndexFunctions } from '../engine/report-state.ts'
import { toHistoryKey } from '../engine/retention/history.ts'
import { isHeld } from '../engine/step/step-objects.ts'
import { isJobGoing } from '../engine/step/work.ts'
import { indexByLabel } from '../kube/indexes.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import type { KubeWatcher } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Job, KubeObject, Pod } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type FailureEvent, trimFailureEvent, trimJob, trimPod } from './trim.ts'
import { trimRun } from './trim-run.ts'

export interface Caches {
  readonly runs: Informer<PipelineRun>
  readonly jobs: Informer<Job>
  readonly pods: Informer<Pod>
  readonly jobEvents: Informer<FailureEvent>
  readonly podEvents: Informer<FailureEvent>
  readonly attachEvents: Informer<FailureEvent>
  readonly sandboxEvents: Informer<FailureEvent>
  readonly configs: Informer<PipelineConfig>
  readonly connections: Informer<RepositoryConnection>
}

export interface CacheOptions {
  readonly source: KubeWatcher
  readonly timers: Timers
  readonly onFault: (error: unknown) => void
}

/** Names of the indexes of the caches. */
export const indexes = {
  uid: 'uid',
  run: 'run',
  /** Jobs that admission has not let go, by the uid of their run. */
  held: 'held',
  config: 'config',
  group: 'group',
  about: 'about',
  parent: 'parent',
  /** Pods that run or may, by namespace. */
  active: 'active',
  /** Jobs whose pod runs or is to come, by namespace. */
  going: 'going',
  history: 'history',
} as const

const stepObjects = { labelSelector: `${labels.jobType}=step` }
/** The Job controller says only here that the API server refuses a pod. */
const creationFailures = { fieldSelector: 'reason=FailedCreate,involvedObject.kind=Job' }
/** And kubelet says only here that a volume, such as a missing Secret, or the network keeps a pod from starting. */
const podFailures = (reason: string) => ({ fieldSelector: `reason=${reason},involvedObject.kind=Pod` })

export function createCaches(options: CacheOptions): Caches {
  const byUid = ({ metadata }: KubeObject) => [metadata.uid ?? '']
  const byRun = indexByLabel(labels.runUid)
  return {
    runs: createInformer<PipelineRun>({
      ...options,
      type: resourceTypes.pipelineRun,
      transform: trimRun,
      indexes: {
        [indexes.uid]: byUid,
        [indexes.config]: (run) => [toConfigKey(run)],
        [indexes.parent]: ({ spec }) => toList(spec.parent?.uid),
        [indexes.group]: (run) => toList(toGroupKey(run)),
        [indexes.history]: (run) => toList(toHistoryKey(run)),
        ...reportIndexFunctions,
      },
    }),
    jobs: createInformer<Job>({
      ...options,
      type: resourceTypes.job,
      select: stepObjects,
      transform: trimJob,
      indexes: {
        [indexes.uid]: byUid,
        // One that admission has not let go is no attempt of a step: it is taken back.
        [indexes.run]: (job) => (isHeld(job) ? [] : byRun(job)),
        [indexes.held]: (job) => (isHeld(job) ? byRun(job) : []),
        [indexes.going]: (job) => (isJobGoing(job) ? toNamespace(job) : []),
      },
    }),
    pods: createInformer<Pod>({
      ...options,
      type: resourceTypes.pod,
      select: stepObjects,
      transform: trimPod,
      indexes: {
        [indexes.uid]: byUid,
        [indexes.run]: byRun,
        [indexes.active]: (pod) => (isPodDone(pod) ? [] : toNamespace(pod)),
      },
    }),
    ...createFailureCaches(options),
    configs: createInformer<PipelineConfig>({ ...options, type: resourceTypes.pipelineConfig }),
    connections: createInformer<RepositoryConnection>({ ...options, type: resourceTypes.repositoryConnection }),
  }
}

function createFailureCaches(options: CacheOptions) {
  const watch = (select: { readonly fieldSelector: string }) =>
    createInformer<FailureEvent>({ ...options, ...failureEvents, select })
  return {
    jobEvents: watch(creationFailures),
    podEvents: watch(podFailures('FailedMount')),
    attachEvents: watch(podFailures('FailedAttachVolume')),
    sandboxEvents: watch(podFailures('FailedCreatePodSandBox')),
  }
}

const failureEvents = {
  type: resourceTypes.event,
  transform: trimFailureEvent,
  indexes: { [indexes.about]: ({ involvedObject }: FailureEvent) => [involvedObject?.uid ?? ''] },
}

function toNamespace({ metadata }: KubeObject): readonly string[] {
  return toList(metadata.namespace)
}

function toList(value: string | undefined): readonly string[] {
  return value === undefined ? [] : [value]
}

export function listCaches(caches: Caches): readonly Informer<KubeObject>[] {
  return Object.values(caches)
}

/** Key of the config a run came from; a run with an inline pipeline has none. */
export function toConfigKey({ metadata, spec }: PipelineRun): string {
  return spec.pipelineConfigRef === undefined ? '' : `${metadata.namespace ?? ''}/${spec.pipelineConfigRef}`
}
