/** Shortest and longest wait of a key that keeps failing. */
const firstRetryMs = 5
const longestRetryMs = 300_000

/**
 * Which key is next. Laws: a key is worked on once at a time; added while queued it stays one; added while worked on it is
 * queued again afterwards; nothing that was added is forgotten. The time is an argument.
 */
export class QueueState {
  /** In the order of their coming. */
  readonly #ready = new Set<string>()
  readonly #working = new Set<string>()
  readonly #again = new Set<string>()
  readonly #waiting = new Map<string, number>()
  readonly #failures = new Map<string, number>()

  add(key: string): void {
    this.#waiting.delete(key)
    if (this.#working.has(key)) {
      this.#again.add(key)
    } else {
      this.#ready.add(key)
    }
  }

  /** The earliest of several times counts; a key that is queued already is early enough. */
  addAt(key: string, at: number): void {
    if (!this.#ready.has(key) && !this.#again.has(key)) {
      this.#waiting.set(key, Math.min(at, this.#waiting.get(key) ?? Number.POSITIVE_INFINITY))
    }
  }

  /** The next key to work on; it is the caller's until finish() or fail(). */
  take(now: number): string | undefined {
    for (const [key, at] of this.#waiting) {
      if (at <= now) {
        this.add(key)
      }
    }
    const [key] = this.#ready
    if (key !== undefined) {
      this.#ready.delete(key)
      this.#working.add(key)
    }
    return key
  }

  finish(key: string): void {
    this.#failures.delete(key)
    this.#release(key)
  }

  /** Back to the queue after 5 ms, 10 ms … 5 min; at once where it was added meanwhile, for that is news. */
  fail(key: string, now: number): void {
    const failures = (this.#failures.get(key) ?? 0) + 1
    this.#failures.set(key, failures)
    this.#release(key)
    this.addAt(key, now + Math.min(longestRetryMs, firstRetryMs * 2 ** (failures - 1)))
  }

  countFailures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** When take() will have something that it has not now. */
  findNextTime(): number | undefined {
    let next: number | undefined
    for (const at of this.#waiting.values()) {
      next = next === undefined || at < next ? at : next
    }
    return next
  }

  get counts(): { readonly ready: number; readonly working: number; readonly waiting: number } {
    return { ready: this.#ready.size, working: this.#working.size, waiting: this.#waiting.size }
  }

  #release(key: string): void {
    this.#working.delete(key)
    if (this.#again.delete(key)) {
      this.#ready.add(key)
    }
  }
}
