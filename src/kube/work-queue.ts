import { type Lane, QueueState } from './queue-state.ts'
import type { Timers } from './timers.ts'

export interface WorkQueueOptions {
  readonly timers: Timers
  /** How many keys are worked on at once. */
  readonly workers: number
  /** What a key waits for outside, so that one thing there that hangs does not keep all workers. Asked when the key is queued. */
  readonly lanesOf?: (key: string) => readonly Lane[]
  /** Throwing puts the key back with back-off; a number of milliseconds puts it back after that time. */
  readonly work: (key: string) => Promise<number | undefined>
  /** For the log: what failed, and for the how-manieth time in a row. */
  readonly onFault?: (error: unknown, key: string, failures: number) => void
}

/** Keys to work on: each once at a time, retried with back-off, so that one that fails does not delay the others. */
export interface WorkQueue {
  add(key: string): void
  addAfter(key: string, milliseconds: number): void
  start(): void
  /** Takes no more keys; resolves when the work under way has ended. */
  stop(): Promise<void>
  readonly counts: QueueState['counts']
}

export function createWorkQueue(options: WorkQueueOptions): WorkQueue {
  return new TimedWorkQueue(options)
}

class TimedWorkQueue implements WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #state: QueueState
  #isRunning = false
  #cancelWake: () => void = () => {}
  #whenIdle: (() => void) | undefined

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#state = new QueueState(options.lanesOf)
  }

  get counts(): QueueState['counts'] {
    return this.#state.counts
  }

  add(key: string): void {
    this.#state.add(key)
    this.#dispatch()
  }

  addAfter(key: string, milliseconds: number): void {
    this.#state.addAt(key, this.#options.timers.now() + Math.max(0, milliseconds))
    this.#dispatch()
  }

  start(): void {
    this.#isRunning = true
    this.#dispatch()
  }

  async stop(): Promise<void> {
    this.#isRunning = false
    this.#cancelWake()
    if (this.#state.counts.working > 0) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve
      })
    }
  }

  #dispatch(): void {
    if (!this.#isRunning) {
      return
    }
    while (this.#state.counts.working < this.#options.workers) {
      const key = this.#state.take(this.#options.timers.now())
      if (key === undefined) {
        break
      }
      void this.#work(key)
    }
    this.#planWake()
  }

  /** Only where a worker is free: else the next one to end dispatches. */
  #planWake(): void {
    const { timers, workers } = this.#options
    this.#cancelWake()
    const next = this.#state.findNextTime()
    if (next !== undefined && this.#state.counts.working < workers) {
      this.#cancelWake = timers.after(Math.max(0, next - timers.now()), () => this.#dispatch())
    }
  }

  async #work(key: string): Promise<void> {
    try {
      const again = await this.#options.work(key)
      this.#state.finish(key)
      if (again !== undefined) {
        this.#state.addAt(key, this.#options.timers.now() + Math.max(0, again))
      }
    } catch (error) {
      this.#state.fail(key, this.#options.timers.now())
      this.#options.onFault?.(error, key, this.#state.countFailures(key))
    }
    if (this.#isRunning) {
      this.#dispatch()
    } else if (this.#state.counts.working === 0) {
      this.#whenIdle?.()
    }
  }
}
