import type { Timers } from '../kube/timers.ts'

export interface GateLimits {
  /** Worked on at once. */
  readonly running: number
  /** Waiting for their turn. */
  readonly waiting: number
  /** Who waited for longer is told that there is no room, in milliseconds. */
  readonly waitMs: number
}

/** A bounded number of things at once, and a bounded queue before it. */
export interface Gate {
  /** Undefined where there was no room in time: nothing was done then. */
  run<T>(work: () => Promise<T>): Promise<T | undefined>
  readonly running: number
}

export function createGate(limits: GateLimits, timers: Timers): Gate {
  const queue = new Set<() => void>()
  let running = 0

  /** Resolves to false when the turn did not come in time. */
  const waitForTurn = (): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const enter = (): void => {
      cancel()
      resolve(true)
    }
    const cancel = timers.after(limits.waitMs, () => {
      queue.delete(enter)
      resolve(false)
    })
    queue.add(enter)
    return promise
  }
  /** The turn goes straight to the next: nobody who comes just now gets in between. */
  const leave = (): void => {
    const [next] = queue
    if (next === undefined) {
      running -= 1
      return
    }
    queue.delete(next)
    next()
  }
  const enter = async (): Promise<boolean> => {
    if (running >= limits.running) return queue.size < limits.waiting && waitForTurn()
    running += 1
    return true
  }

  return {
    run: async (work) => {
      if (!(await enter())) return undefined
      try {
        return await work()
      } finally {
        leave()
      }
    },
    get running() {
      return running
    },
  }
}
