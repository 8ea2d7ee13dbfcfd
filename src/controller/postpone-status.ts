import type { RunPlan, Urgency } from '../engine/run-plan.ts'
import type { Snapshot } from '../engine/snapshot.ts'
import { omitReport } from '../engine/status/run-status.ts'
import type { Instant } from '../lib/clock.ts'
import { isSameJson } from '../lib/json-equal.ts'

/** How long a status is held back: a step of less than a second is told only at its end. */
const delaysMs: Readonly<Record<Urgency, number>> = { now: 0, counted: 1000, soon: 1000, late: 3000 }
/** Between two statuses that tell of progress only, of all runs together: each costs the API server as much as two Jobs' writes. */
const betweenMs = 200
/** However busy it is, what goes on is told after so much longer. */
const longestWaitMs = 10_000

/** Until when what a run has to tell may wait, by its urgency. */
export type StatusDues = Map<Urgency, Instant>

/** Gives the runs that have only progress to tell their turns, so that many at once do not keep the API server from their ends. */
export class ProgressTurns {
  /** A line for each urgency: what may wait for three seconds must not stand before what may wait for one. */
  readonly #last = new Map<Urgency, Instant>()

  /** The first free turn when the delay is over. Where all are taken for long, no turn is kept, and the longest wait is the answer. */
  reserve(now: Instant, urgency: Urgency): Instant {
    const from = now + delaysMs[urgency]
    if (urgency === 'counted') return from
    const last = this.#last.get(urgency) ?? Number.NEGATIVE_INFINITY
    // The clock may have been set back by what the API server told: then a turn that is far off is nobody's.
    const free = last > from + 2 * longestWaitMs ? from : Math.max(from, last + betweenMs)
    if (free > from + longestWaitMs) return from + longestWaitMs
    this.#last.set(urgency, free)
    return free
  }
}

/**
 * A status write costs the API server more than a Job. One that tells nothing anybody waits for is held back a little:
 * a step's Job, pod and start come within a second or so and are told together; with many runs at once, with the step's end.
 */
export function postponeStatus(
  plan: RunPlan,
  { run, now }: Pick<Snapshot, 'run' | 'now'>,
  { dues, turns }: { readonly dues: StatusDues; readonly turns: ProgressTurns },
): RunPlan {
  const isNew = plan.status !== undefined && !isSameJson(plan.status, omitReport(run.status ?? {}))
  if (!isNew || plan.urgency === 'now') {
    dues.clear()
    return plan
  }
  const known = dues.get(plan.urgency)
  const latest = now + delaysMs[plan.urgency] + longestWaitMs
  if (known === undefined || known > latest) dues.set(plan.urgency, turns.reserve(now, plan.urgency))
  const dueAt = Math.min(...dues.values())
  if (now >= dueAt) return plan
  return { ...plan, status: undefined, wakeAt: Math.min(plan.wakeAt ?? dueAt, dueAt) }
}
