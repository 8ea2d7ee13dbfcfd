import type { Timers } from './timers.ts'

export interface WatchGuardOptions {
  readonly timers: Timers
  readonly stop: AbortSignal
  readonly isRelistDue: () => boolean
  readonly onSilent: () => void
}

/** The server sends a bookmark about each minute. */
const silenceMs = 90_000
const checkMs = 5000

/** Ends a watch when it falls silent (a half-open connection), when a list is due, and when its owner stops. */
export class WatchGuard {
  readonly #options: WatchGuardOptions
  readonly #controller = new AbortController()
  readonly #end = (): void => this.#controller.abort()
  #signAt: number
  #cancel: () => void = () => {}

  constructor(options: WatchGuardOptions) {
    this.#options = options
    this.#signAt = options.timers.now()
    options.stop.addEventListener('abort', this.#end, { once: true })
    if (options.stop.aborted) {
      this.#end()
    }
    this.#plan()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The watch told something. */
  noteSign(): void {
    this.#signAt = this.#options.timers.now()
  }

  close(): void {
    this.#cancel()
    this.#options.stop.removeEventListener('abort', this.#end)
  }

  #plan(): void {
    this.#cancel = this.#options.timers.after(checkMs, () => this.#check())
  }

  #check(): void {
    if (this.#options.isRelistDue()) {
      this.#end()
    } else if (this.#options.timers.now() - this.#signAt >= silenceMs) {
      this.#options.onSilent()
      this.#end()
    } else {
      this.#plan()
    }
  }
}
