import type { Timers } from '../../src/kube/timers.ts'

interface Planned {
  readonly at: number
  readonly callback: () => void
}

/** Time that passes only when told; what waits on promises gets its turn between two timers. */
export class FakeTimers implements Timers {
  #now = 0
  readonly #planned = new Set<Planned>()
  readonly #random: () => number

  constructor(random: () => number = () => 0.5) {
    this.#random = random
  }

  now(): number {
    return this.#now
  }

  random(): number {
    return this.#random()
  }

  after(milliseconds: number, callback: () => void): () => void {
    const planned = { at: this.#now + milliseconds, callback }
    this.#planned.add(planned)
    return () => this.#planned.delete(planned)
  }

  /** Runs every timer that falls into the time that passes, in order. */
  async advance(milliseconds: number): Promise<void> {
    const until = this.#now + milliseconds
    await settle()
    for (let next = this.#findNext(until); next !== undefined; next = this.#findNext(until)) {
      this.#planned.delete(next)
      this.#now = Math.max(this.#now, next.at)
      next.callback()
      await settle()
    }
    this.#now = until
    await settle()
  }

  /** Time passes and nothing runs: a process that was stopped. */
  freeze(milliseconds: number): void {
    this.#now += milliseconds
  }

  #findNext(until: number): Planned | undefined {
    let first: Planned | undefined
    for (const planned of this.#planned) {
      if (planned.at <= until && (first === undefined || planned.at < first.at)) {
        first = planned
      }
    }
    return first
  }
}

/** Lets every promise that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
