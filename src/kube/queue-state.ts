/** Shortest and longest wait of a key that keeps failing. */
const firstRetryMs = 5
const longestRetryMs = 300_000

/** Something outside that keys wait for, such as a forge. Of those that share it only so many are worked on at once. */
export interface Lane {
  readonly name: string
  readonly workers: number
}

/** Keys in the order of their coming that wait for the same. */
interface Group {
  readonly lanes: readonly Lane[]
  readonly keys: Set<string>
}

/**
 * Which key is next. Laws: a key is worked on once at a time; added while queued it stays one; added while worked on it is
 * queued again afterwards; nothing that was added is forgotten; groups of the same lanes take turns. The time is an argument.
 */
export class QueueState {
  readonly #lanesOf: (key: string) => readonly Lane[]
  /** By the names of the lanes, in the order of their turns. */
  readonly #groups = new Map<string, Group>()
  /** Of each key that is queued. */
  readonly #ready = new Map<string, Group>()
  readonly #working = new Map<string, readonly Lane[]>()
  /** By name of the lane: keys that are worked on. */
  readonly #busy = new Map<string, number>()
  readonly #again = new Set<string>()
  readonly #waiting = new Map<string, number>()
  readonly #failures = new Map<string, number>()

  constructor(lanesOf: (key: string) => readonly Lane[] = () => []) {
    this.#lanesOf = lanesOf
  }

  add(key: string): void {
    this.#waiting.delete(key)
    if (this.#working.has(key)) this.#again.add(key)
    else if (!this.#ready.has(key)) this.#queue(key)
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
    for (const [id, group] of this.#groups) {
      if (group.lanes.every((lane) => this.#hasRoom(lane))) return this.#takeFrom(id, group)
    }
    return undefined
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

  /** When take() will have something that it has not now, beside what the end of work under way makes room for. */
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

  #queue(key: string): void {
    const lanes = this.#lanesOf(key)
    const id = lanes.map(({ name }) => name).join('\n')
    const group = this.#groups.get(id) ?? { lanes, keys: new Set() }
    this.#groups.set(id, group)
    group.keys.add(key)
    this.#ready.set(key, group)
  }

  #hasRoom({ name, workers }: Lane): boolean {
    return (this.#busy.get(name) ?? 0) < workers
  }

  #takeFrom(id: string, group: Group): string | undefined {
    const [key = ''] = group.keys
    group.keys.delete(key)
    this.#ready.delete(key)
    // To the end: the next turn is another group's.
    this.#groups.delete(id)
    if (group.keys.size > 0) this.#groups.set(id, group)
    this.#working.set(key, group.lanes)
    for (const { name } of group.lanes) this.#busy.set(name, (this.#busy.get(name) ?? 0) + 1)
    return key
  }

  #release(key: string): void {
    for (const { name } of this.#working.get(key) ?? []) {
      const busy = (this.#busy.get(name) ?? 1) - 1
      if (busy > 0) this.#busy.set(name, busy)
      else this.#busy.delete(name)
    }
    this.#working.delete(key)
    if (this.#again.delete(key)) this.#queue(key)
  }
}
