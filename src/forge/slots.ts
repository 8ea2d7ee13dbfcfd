import { createPlaces, findNext } from './places.ts'

/** How many may work at once; the others wait in turn, and nobody's turn comes late because of the many of another party. */
export interface Slots {
  /** Resolves with what gives the slot back. Rejects with the signal's reason where it fires first. */
  take(signal: AbortSignal, party?: string): Promise<() => void>
}

interface Waiter {
  readonly party: string
  readonly start: () => void
}

/** One party has at most so many of them, all when left out. */
export function createSlots(count: number, mostOfOne: number = count): Slots {
  const places = createPlaces(count, mostOfOne)
  const queue = new Set<Waiter>()
  const give = (party: string) => {
    places.give(party)
    const next = findNext(queue, places.takenBy)
    if (next !== undefined && places.take(next.party)) next.start()
  }
  const once = (party: string) => {
    let isGiven = false
    return () => {
      if (!isGiven) give(party)
      isGiven = true
    }
  }
  return {
    take(signal, party = '') {
      return new Promise((resolve, reject) => {
        const fail = () => {
          queue.delete(waiter)
          reject(new Error(String(signal.reason)))
        }
        const start = () => {
          queue.delete(waiter)
          signal.removeEventListener('abort', fail)
          resolve(once(party))
        }
        const waiter = { party, start }
        if (signal.aborted) fail()
        else if (places.take(party)) start()
        else {
          signal.addEventListener('abort', fail, { once: true })
          queue.add(waiter)
        }
      })
    },
  }
}
