import { KubeError } from './kube-error.ts'

const firstStepMs = 1000
const longestWaitMs = 30_000
/**
 * A server that does not answer at all is not hurt by more attempts, and the work is to go on within 10 s of its return
 * (a restart of the API server), so those waits stay short.
 */
const longestUnansweredWaitMs = 8000

/** Exponential, with full jitter: any wait between 0 and the step, so that many clients don't come back together. */
export class Backoff {
  readonly #random: () => number
  #attempts = 0
  #wasAnswered = false

  constructor(random: () => number) {
    this.#random = random
  }

  /** Milliseconds to wait after this failure. */
  next(error: unknown): number {
    const isAnswered = error instanceof KubeError && error.status > 0
    if (isAnswered !== this.#wasAnswered) {
      // The server came back, or went: what was learnt about the other state does not count.
      this.#attempts = 0
      this.#wasAnswered = isAnswered
    }
    const limit = isAnswered ? longestWaitMs : longestUnansweredWaitMs
    const step = Math.min(limit, firstStepMs * 2 ** this.#attempts)
    this.#attempts += 1
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0
    return Math.max(asked, this.#random() * step)
  }

  reset(): void {
    this.#attempts = 0
  }
}
