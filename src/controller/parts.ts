import type { PipelineConfig, PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import type { Informer } from '../kube/informer.ts'
import type { KubeApi } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import type { Job } from '../lib/kubernetes.ts'
import type { Log } from '../lib/log.ts'

/** What the controller hands to a part: its own caches, and an API whose writes end with its lead. */
export interface PartInputs {
  readonly api: KubeApi
  readonly caches: {
    /** Ended runs are stubs here (trim-run.ts). */
    readonly runs: Informer<PipelineRun>
    /** As much of them as trim.ts leaves. */
    readonly jobs: Informer<Job>
    readonly configs: Informer<PipelineConfig>
    readonly connections: Informer<RepositoryConnection>
  }
  /** The API server's time, as far as its answers tell it. */
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
}

/** Work of the controller role beside the runs: started once it leads and the caches are filled, stopped with it. */
export interface ControllerPart {
  start(): void
  stop(): Promise<void>
}

export type CreatePart = (inputs: PartInputs) => ControllerPart
