import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Report } from '../../../crds/parts/event.ts'
import type { Told } from './decide.ts'

/** What this process knows of one line at a forge beyond the caches. Lost on restart, at the cost of a call at most. */
export interface LineMemory {
  /** Of the run that all of it is about. */
  readonly uid: string
  told?: Told
  /** Told, and not yet in the run's status. */
  unwritten?: Report
  /** Attempts in a row that failed. */
  failures: number
  /** Of the timers' clock. */
  notBefore: number
  /** The last failure passes only when somebody changes something. */
  isStuck: boolean
}

export interface Lines {
  /** By key of the line, for the run of this uid: one that spoke before is forgotten. */
  of(key: string, uid: string): LineMemory
  forget(key: string): void
  /** The last known state of a deleted run that may have something left to say. */
  readonly gone: Map<string, PipelineRun>
  /** What only a change of the connection can mend is tried again. */
  retryStuck(key: string): void
  readonly size: number
}

export function createLines(): Lines {
  const memories = new Map<string, LineMemory>()
  return {
    of(key, uid) {
      const known = memories.get(key)
      if (known?.uid === uid) return known
      const fresh: LineMemory = { uid, failures: 0, notBefore: Number.NEGATIVE_INFINITY, isStuck: false }
      memories.set(key, fresh)
      return fresh
    },
    forget: (key) => void memories.delete(key),
    gone: new Map(),
    retryStuck: (key) => {
      const memory = memories.get(key)
      if (memory?.isStuck === true) memory.notBefore = Number.NEGATIVE_INFINITY
    },
    get size() {
      return memories.size
    },
  }
}
