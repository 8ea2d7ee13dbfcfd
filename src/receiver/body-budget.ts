import type { Timers } from '../kube/timers.ts'

export interface BudgetLimits {
  /** Of all bodies together. */
  readonly bytes: number
  /** How many are read or judged at once. */
  readonly bodies: number
  /** A body that is still being read after this long gives way where room is needed, in milliseconds. */
  readonly slowAfterMs: number
}

/** Room of one body. */
export interface BodyHold {
  /** False where there is no room. */
  take(bytes: number): boolean
  /** It is read: from now on it is not taken away. */
  settle(): void
  release(): void
}

/** How much memory the bodies of all deliveries together may take. */
export interface BodyBudget {
  /** Undefined where too many are open. `onEvict` is called when a quicker one needs the room; the room is given up then. */
  open(onEvict: () => void): BodyHold | undefined
  readonly heldBytes: number
  readonly openBodies: number
}

interface Holding {
  bytes: number
  isSettled: boolean
  readonly since: number
  readonly onEvict: () => void
}

/** Nobody can starve the others by sending slowly: when room is short, the oldest body that is not read yet goes. */
export function createBodyBudget(limits: BudgetLimits, timers: Timers): BodyBudget {
  // In the order in which they came.
  const open = new Set<Holding>()
  let held = 0

  const drop = (holding: Holding): void => {
    if (open.delete(holding)) held -= holding.bytes
  }
  /** The oldest that is not read yet goes; false where there is none that is slow enough. */
  const evictSlow = (mayGo: (holding: Holding) => boolean): boolean => {
    for (const holding of open) {
      // Those that follow came later still.
      if (timers.now() - holding.since < limits.slowAfterMs) return false
      if (holding.isSettled || !mayGo(holding)) continue
      drop(holding)
      holding.onEvict()
      return true
    }
    return false
  }
  const take = (holding: Holding, bytes: number): boolean => {
    while (held + bytes > limits.bytes) {
      if (!evictSlow((other) => other !== holding && other.bytes > 0)) return false
    }
    held += bytes
    holding.bytes += bytes
    return true
  }

  return {
    open: (onEvict) => {
      if (open.size >= limits.bodies && !evictSlow(() => true)) return undefined
      const holding: Holding = { bytes: 0, isSettled: false, since: timers.now(), onEvict }
      open.add(holding)
      return {
        take: (bytes) => open.has(holding) && take(holding, bytes),
        settle: () => {
          holding.isSettled = true
        },
        release: () => drop(holding),
      }
    },
    get heldBytes() {
      return held
    },
    get openBodies() {
      return open.size
    },
  }
}
