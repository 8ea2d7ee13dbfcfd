import type { PipelineRun } from '../../crds/kinds.ts'
import type { JobRefusal } from '../engine/snapshot.ts'
import type { Instant } from '../lib/clock.ts'
import type { Job } from '../lib/kubernetes.ts'
import type { KnownCall } from './observe-calls.ts'
import type { StatusDues } from './postpone-status.ts'

/** A Job that this process created and its cache may not show yet. */
interface CreatedJob {
  readonly job: Job
  readonly createdAt: Instant
}

/** What a process knows of one run beyond its caches. Lost on restart, at no cost but a few calls. */
export interface RunMemory {
  readonly uid: string
  /** As the last write of status was answered. */
  written?: PipelineRun
  readonly created: Map<string, CreatedJob>
  /** Names of Jobs that have been seen, and their steps: one that goes was deleted. */
  readonly seen: Map<string, string>
  readonly refusals: Map<string, JobRefusal>
  /** Called runs that this process has made or seen, by name. */
  readonly calls: Map<string, KnownCall>
  /** What has been made beside the Jobs, by `plural/name`. */
  readonly madeCompanions: Set<string>
  readonly statusDues: StatusDues
  /** When Jobs that wait for room were touched last. */
  nudgedAt: Instant
  /** Until when it is let alone; see pace.ts. */
  restUntil: Instant
  /** Calls in a row that failed for a passing cause. */
  passingFaults: number
}

export class RunMemories {
  readonly #memories = new Map<string, RunMemory>()

  /** By key, for the run of this uid: one that had the name before is forgotten. */
  of(key: string, uid: string): RunMemory {
    const known = this.#memories.get(key)
    if (known?.uid === uid) return known
    const fresh: RunMemory = {
      uid,
      created: new Map(),
      seen: new Map(),
      refusals: new Map(),
      calls: new Map(),
      madeCompanions: new Set(),
      statusDues: new Map(),
      nudgedAt: 0,
      restUntil: 0,
      passingFaults: 0,
    }
    this.#memories.set(key, fresh)
    return fresh
  }

  forget(key: string): void {
    this.#memories.delete(key)
  }

  get size(): number {
    return this.#memories.size
  }
}

export function toAttemptKey(step: string, attempt: number): string {
  return `${step}/${attempt}`
}
