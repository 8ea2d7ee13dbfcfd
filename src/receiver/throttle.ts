import type { Timers } from '../kube/timers.ts'

/** Whether something may be told again; once in a while for each key. */
export type Throttle = (key: string) => boolean

const mostKeys = 10_000

export function createThrottle(everyMs: number, timers: Timers): Throttle {
  // In the order of their times, the oldest first.
  const last = new Map<string, number>()
  return (key) => {
    const now = timers.now()
    for (const [old, at] of last) {
      if (now - at < everyMs && last.size < mostKeys) break
      last.delete(old)
    }
    if (last.has(key)) return false
    last.set(key, now)
    return true
  }
}
