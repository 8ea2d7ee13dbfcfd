import type { Clock, Instant } from '../lib/clock.ts'

/** The API server writes whole seconds. */
const resolutionMs = 1000

/**
 * The API server's time, as far as its answers tell it: deadlines are measured against timestamps it wrote, so a
 * controller whose own clock is off by an hour must not end runs early. Each creation bounds the difference a little more.
 */
export class ServerClock implements Clock {
  readonly #local: Clock
  #offset = 0

  constructor(local: Clock) {
    this.#local = local
  }

  now(): Instant {
    return this.#local.now() + this.#offset
  }

  local(): Instant {
    return this.#local.now()
  }

  /** An object created by a request that was sent at this local time, and has just been answered. */
  learn(creationTimestamp: string | undefined, sentAt: Instant): void {
    const created = Date.parse(creationTimestamp ?? '')
    if (Number.isNaN(created)) return
    const least = created - this.#local.now()
    const most = created + resolutionMs - sentAt
    this.#offset = Math.min(Math.max(this.#offset, least), most)
  }
}
