/** Waiting and chance as arguments, so that every wait and back-off can be played in a test. */
export interface Timers {
  /** Milliseconds of a clock that never jumps; only differences mean something. */
  now(): number
  /** Calls back once after that many milliseconds, unless the returned function is called first. */
  after(milliseconds: number, callback: () => void): () => void
  /** At least 0, below 1. */
  random(): number
}

/** setTimeout takes 32 bits: a longer delay would fire at once. */
const longestDelay = 2 ** 31 - 1

export const systemTimers: Timers = {
  now: () => performance.now(),
  random: () => Math.random(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, longestDelay))
    return () => clearTimeout(timer)
  },
}

/** Waits; ends early, without an error, when the signal fires. */
export function waitFor(timers: Timers, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const finish = (): void => {
      cancel()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    const cancel = timers.after(milliseconds, finish)
    signal?.addEventListener('abort', finish, { once: true })
  })
}
