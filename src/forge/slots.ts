/** How many may work at once; the others wait in turn. */
export interface Slots {
  /** Resolves with what gives the slot back. Rejects with the signal's reason where it fires first. */
  take(signal: AbortSignal): Promise<() => void>
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting = new Set<() => void>()
  const give = () => {
    const [next] = waiting
    if (next === undefined) free += 1
    else next()
  }
  const once = () => {
    let isGiven = false
    return () => {
      if (!isGiven) give()
      isGiven = true
    }
  }
  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        const fail = () => {
          waiting.delete(start)
          reject(new Error(String(signal.reason)))
        }
        const start = () => {
          waiting.delete(start)
          signal.removeEventListener('abort', fail)
          resolve(once())
        }
        if (signal.aborted) fail()
        else if (free > 0) {
          free -= 1
          start()
        } else {
          signal.addEventListener('abort', fail, { once: true })
          waiting.add(start)
        }
      })
    },
  }
}
