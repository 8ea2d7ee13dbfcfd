import type { PipelineRunStatus } from '../../crds/pipeline-run.ts'
import type { Instant } from '../lib/clock.ts'
import type { Job } from '../lib/kubernetes.ts'
import type { RunEvent } from './events.ts'
import type { Work } from './step/step-state.ts'

export interface JobCreation {
  readonly step: string
  readonly attempt: number
  readonly job: Job
}

/** What is to be done about a run. Applying it twice does no harm; planning after it was applied gives nothing to do. */
export interface RunPlan {
  readonly creations: readonly JobCreation[]
  readonly stops: readonly Work[]
  /** The whole status; undefined where it is not to be touched. */
  readonly status?: PipelineRunStatus | undefined
  /** Admission judges the new Jobs by the stored status, so it has to be written before they are created. */
  readonly isStatusFirst: boolean
  /** False where status only tells a little more of what goes on (names, a pod that starts): that can wait and be told at once. */
  readonly isUrgent: boolean
  readonly events: readonly RunEvent[]
  readonly wakeAt?: Instant | undefined
}
