import type { Timers } from '../kube/timers.ts'
import { type BodyBudget, createBodyBudget } from './body-budget.ts'

/** What is under way at one replica. */
export interface Traffic {
  readonly budget: BodyBudget
  readonly inFlight: number
  /** Gives back what to call when the request is answered. */
  begin(): () => void
  /** True once new deliveries are sent away. */
  isRefusing(): boolean
  refuseNew(): void
  /** Resolves when nothing is in flight any more. */
  whenIdle(): Promise<void>
}

const mebibyte = 1024 * 1024
/** Four of the largest, or thousands of usual ones. A body that takes longer than 2 s makes room for others. */
const bodyLimits = { bytes: 100 * mebibyte, bodies: 1000, slowAfterMs: 2000 } as const

export function createTraffic(timers: Timers): Traffic {
  let inFlight = 0
  let isRefusing = false
  const idle: (() => void)[] = []
  return {
    budget: createBodyBudget(bodyLimits, timers),
    get inFlight() {
      return inFlight
    },
    begin: () => {
      inFlight += 1
      let isOpen = true
      return () => {
        inFlight -= isOpen ? 1 : 0
        isOpen = false
        if (inFlight === 0) for (const resolve of idle.splice(0)) resolve()
      }
    },
    isRefusing: () => isRefusing,
    refuseNew: () => {
      isRefusing = true
    },
    whenIdle: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  }
}
