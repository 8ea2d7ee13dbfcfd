import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import type { Instant } from '../lib/clock.ts'
import type { Job, KubeObject, ResourceType } from '../lib/kubernetes.ts'
import type { RunEvent } from './events.ts'
import type { Work } from './step/step-state.ts'

/** Something a run needs beside its Jobs, such as a volume claim. */
export interface Companion {
  readonly type: ResourceType
  readonly object: KubeObject
}

/** One that is there and is needed no more. */
export interface CompanionRemoval {
  readonly type: ResourceType
  readonly name: string
  /** Of exactly this one; else of any that the run owns. */
  readonly uid?: string
}

export interface JobCreation {
  readonly step: string
  readonly attempt: number
  readonly job: Job
}

/** The run of a pipeline that a step calls. */
export interface CallCreation {
  readonly step: string
  readonly attempt: number
  readonly run: PipelineRun
}

/**
 * How long status may be held back, to be written together with what comes next: not at all where somebody waits for it
 * (the end of a step, of the run, a stop), a moment where a step's phase changes, longer where it only names things. What
 * is counted from the moment when it is written (the run's clock stops, or goes on), or is known from the status alone later,
 * waits a moment too, but for no other run.
 */
export type Urgency = 'now' | 'counted' | 'soon' | 'late'

/** What is to be done about a run. Applying it twice does no harm; planning after it was applied gives nothing to do. */
export interface RunPlan {
  readonly creations: readonly JobCreation[]
  /** Made as the Jobs are: admission judges them by the stored status too. */
  readonly calls: readonly CallCreation[]
  /** Made before the Jobs, each once: one of the same name that the run owns is as good. */
  readonly companions: readonly Companion[]
  readonly removals: readonly CompanionRemoval[]
  readonly stops: readonly Work[]
  /**
   * Names of Jobs to be touched, not more often than quotaRetrySeconds: the Job controller waits up to a minute between two
   * tries to create a pod that a quota refuses, and a change of the Job makes it try at once.
   */
  readonly nudges: readonly string[]
  /** The whole status; undefined where it is not to be touched. */
  readonly status?: PipelineRunStatus | undefined
  /** Admission judges the new Jobs by the stored status, so it has to be written before they are created. */
  readonly isStatusFirst: boolean
  readonly urgency: Urgency
  readonly events: readonly RunEvent[]
  readonly wakeAt?: Instant | undefined
}

export const nothingToDo: RunPlan = {
  creations: [],
  calls: [],
  companions: [],
  removals: [],
  stops: [],
  nudges: [],
  isStatusFirst: false,
  urgency: 'now',
  events: [],
}
