import { Backoff } from '../kube/backoff.ts'
import type { Timers } from '../kube/timers.ts'
import { isSameJson } from '../lib/json-equal.ts'

/** A value whose newest state is stored by and by. */
export interface WriteBehind<T> {
  /** The newest, stored or not. */
  read(): T
  set(value: T): void
  /** One try to store what is waiting, at once; nothing is planned after a failure. */
  flush(): Promise<void>
  /** Stores nothing more. */
  drop(): void
}

export interface WriteBehindOptions<T> {
  /** Stored already. */
  readonly initial: T
  readonly write: (value: T) => Promise<void>
  readonly timers: Timers
  /** Milliseconds between two writes. */
  readonly gapMs: number
  /** For the log: what failed, and for the how-manieth time in a row. It is tried again. */
  readonly onFault: (error: unknown, failures: number) => void
}

/** Changes of one moment are one write; then at most one in each gap; failures are tried again with back-off. */
export function createWriteBehind<T>(options: WriteBehindOptions<T>): WriteBehind<T> {
  return new SpacedWrites(options)
}

class SpacedWrites<T> implements WriteBehind<T> {
  readonly #options: WriteBehindOptions<T>
  readonly #backoff: Backoff
  #value: T
  #stored: T
  #isDropped = false
  #failures = 0
  /** Of the timers' clock. */
  #notBefore = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined
  #writing: Promise<void> | undefined

  constructor(options: WriteBehindOptions<T>) {
    this.#options = options
    this.#backoff = new Backoff(() => options.timers.random())
    this.#value = options.initial
    this.#stored = options.initial
  }

  read(): T {
    return this.#value
  }

  set(value: T): void {
    if (isSameJson(value, this.#value)) return
    this.#value = value
    this.#plan()
  }

  drop(): void {
    this.#isDropped = true
    this.#cancelPlan()
  }

  async flush(): Promise<void> {
    this.#cancelPlan()
    await this.#writing
    this.#cancelPlan()
    if (this.#isWaiting()) await this.#write()
    this.#cancelPlan()
  }

  #isWaiting(): boolean {
    return !this.#isDropped && this.#value !== this.#stored
  }

  #plan(): void {
    if (!this.#isWaiting() || this.#cancel !== undefined || this.#writing !== undefined) return
    const { timers } = this.#options
    this.#cancel = timers.after(Math.max(0, this.#notBefore - timers.now()), () => {
      this.#cancel = undefined
      void this.#write()
    })
  }

  #cancelPlan(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  async #write(): Promise<void> {
    this.#writing = this.#tryWrite()
    await this.#writing
    this.#writing = undefined
    this.#plan()
  }

  async #tryWrite(): Promise<void> {
    const { timers, gapMs, write, onFault } = this.#options
    const value = this.#value
    let waitMs = gapMs
    try {
      await write(value)
      this.#stored = value
      this.#failures = 0
      this.#backoff.reset()
    } catch (error) {
      this.#failures += 1
      waitMs = Math.max(gapMs, this.#backoff.next(error))
      onFault(error, this.#failures)
    }
    this.#notBefore = timers.now() + waitMs
  }
}
