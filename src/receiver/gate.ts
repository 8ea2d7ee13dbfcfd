import { createPlaces, findNext } from '../forge/places.ts'
import type { Timers } from '../kube/timers.ts'

export interface GateLimits {
  /** Worked on at once. */
  readonly running: number
  /** Of these for one party. */
  readonly runningOfOne: number
  /** Waiting for their turn. */
  readonly waiting: number
  /** Who waited for longer is told that there is no room, in milliseconds. */
  readonly waitMs: number
}

/** A bounded number of things at once, and a bounded queue before it. One party, whatever it sends, leaves room for others. */
export interface Gate {
  /** Undefined where there was no room in time: nothing was done then. */
  run<T>(party: string, work: () => Promise<T>): Promise<T | undefined>
  readonly running: number
}

interface Waiter {
  readonly party: string
  /** Whether it may begin, or is sent away. */
  readonly end: (mayBegin: boolean) => void
}

export function createGate(limits: GateLimits, timers: Timers): Gate {
  // In the order in which they came.
  const queue = new Set<Waiter>()
  const places = createPlaces(limits.running, limits.runningOfOne)
  const waitForTurn = (party: string): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const end = (mayBegin: boolean): void => {
      cancel()
      queue.delete(waiter)
      resolve(mayBegin)
    }
    const waiter: Waiter = { party, end }
    const cancel = timers.after(limits.waitMs, () => end(false))
    queue.add(waiter)
    return promise
  }
  /** The turn goes straight to the next: nobody who comes just now gets in between. */
  const leave = (party: string): void => {
    places.give(party)
    const next = findNext(queue, places.takenBy)
    if (next !== undefined && places.take(next.party)) next.end(true)
  }
  const enter = async (party: string): Promise<boolean> => {
    if (places.take(party)) return true
    if (queue.size >= limits.waiting) {
      const last = findLastOfGreediest(queue, party)
      if (last === undefined) return false
      last.end(false)
    }
    return waitForTurn(party)
  }
  return {
    run: async (party, work) => {
      if (!(await enter(party))) return undefined
      try {
        return await work()
      } finally {
        leave(party)
      }
    },
    get running() {
      return places.taken
    },
  }
}

/** Who gives way to one more of the party; undefined where no other has more waiting. */
function findLastOfGreediest(queue: ReadonlySet<Waiter>, party: string): Waiter | undefined {
  const parties = Map.groupBy(queue, (waiter) => waiter.party)
  const [greediest = []] = [...parties.values()].sort((a, b) => b.length - a.length)
  return greediest.length > (parties.get(party)?.length ?? 0) + 1 ? greediest.at(-1) : undefined
}
