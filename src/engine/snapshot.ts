import type { PipelineRun } from '../../crds/kinds.ts'
import type { Instant } from '../lib/clock.ts'
import type { Job, Pod } from '../lib/kubernetes.ts'
import type { GroupTurn, Room } from './queue/room.ts'

/** What an installation can set. Durations in seconds. */
export interface EngineSettings {
  /** How long a finished Job and its pods are kept. */
  readonly jobTtlSeconds: number
  /** How often a step's pod may be lost through no fault of its own before the step fails. */
  readonly maxInterruptions: number
  /** How long an error that cannot heal by itself (no such image, no such key) may last before the step fails. */
  readonly definiteErrorSeconds: number
  /** The same for errors that often heal (a slow registry, a webhook that times out). */
  readonly passingErrorSeconds: number
  /** How long a stopped step may take to report its end before the run ends without it. */
  readonly stopLimitSeconds: number
  /** How often a Job whose pod a quota refused is made to try again. */
  readonly quotaRetrySeconds: number
  /** How long a finished Job waits for the cache to show its pod, before it is judged without one. */
  readonly podLagSeconds: number
}

export const defaultSettings: EngineSettings = {
  jobTtlSeconds: 3600,
  maxInterruptions: 3,
  definiteErrorSeconds: 25,
  passingErrorSeconds: 300,
  stopLimitSeconds: 90,
  quotaRetrySeconds: 4,
  podLagSeconds: 5,
}

/** A no that ends by itself: there is room again, or admission is back in place. */
export type PassingRefusal = 'QuotaExceeded' | 'AdmissionMissing'

export function isPassing(kind: JobRefusal['kind']): kind is PassingRefusal {
  return kind === 'QuotaExceeded' || kind === 'AdmissionMissing'
}

/** The API server's no to the creation of a Job, or of the run of a pipeline call, kept by the controller until it is overcome. */
export interface JobRefusal {
  readonly step: string
  readonly attempt: number
  readonly kind: PassingRefusal | 'JobNameTaken' | 'JobRefused' | 'CallRefused' | 'WorkspaceRefused'
  readonly message: string
  /** When the creation may be tried again; only a PassingRefusal is. */
  readonly retryAt: Instant
}

/** A FailedCreate event: the Job controller could not create a pod. */
export interface PodCreationFailure {
  readonly jobUid: string
  readonly message: string
}

/** An event that tells why a pod does not start: of a volume, such as a Secret that is not there, or of its network. */
export interface MountFailure {
  /** Reason of the event; FailedMount when left out. */
  readonly reason?: string
  readonly podUid: string
  readonly message: string
}

/** All that a decision about one run is made of. The order of the lists means nothing. */
export interface Snapshot {
  readonly run: PipelineRun
  readonly jobs: readonly Job[]
  readonly pods: readonly Pod[]
  readonly refusals: readonly JobRefusal[]
  /** Runs of the pipelines that its steps call; those that have ended as stubs. */
  readonly children?: readonly PipelineRun[]
  readonly podCreationFailures: readonly PodCreationFailure[]
  readonly mountFailures: readonly MountFailure[]
  /** Steps whose Job, or called run, this process has seen and that is gone, whether or not status names it yet. */
  readonly goneSteps: ReadonlySet<string>
  /** Of a run that is being cancelled: the newer run of its concurrency group that it was cancelled for. */
  readonly supersededBy?: string | undefined
  /** What the queue says; undefined where no quota limits the run, or it has not been asked yet. */
  readonly room?: Room | undefined
  /** Of a run that has to wait for others of its concurrency group. */
  readonly groupTurn?: GroupTurn | undefined
  readonly now: Instant
  readonly settings: EngineSettings
}
