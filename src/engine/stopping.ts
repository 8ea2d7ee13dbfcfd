import type { Plan } from '../../crds/pipeline-run.ts'
import type { Instant } from '../lib/clock.ts'
import { findFirstStart, toInstant } from './pod/container.ts'
import type { Snapshot } from './snapshot.ts'
import type { Stopping } from './view.ts'

/** Shown while, and after, a run was stopped: why, and by lastTransitionTime since when. */
export const stoppingCondition = 'Stopping'

const causes = ['Cancelled', 'Superseded', 'TimedOut'] as const

/** What stops a run: a cancel, or the end of its time. What came first stays, whatever comes later. */
export function findStopping(snapshot: Snapshot, deadline: Instant | undefined): Stopping | undefined {
  const { run, now, supersededBy } = snapshot
  const known = run.status?.conditions?.find(({ type, status }) => type === stoppingCondition && status === 'True')
  if (known !== undefined) {
    const cause = causes.find((each) => each === known.reason) ?? 'Cancelled'
    return { cause, message: known.message ?? messages[cause], since: toInstant(known.lastTransitionTime) ?? now }
  }
  if (run.spec.cancel === true) {
    if (supersededBy === undefined) return { cause: 'Cancelled', message: messages.Cancelled, since: now }
    return { cause: 'Superseded', message: `superseded by the newer run ${supersededBy}`, since: now }
  }
  if (deadline === undefined || now < deadline) return undefined
  return { cause: 'TimedOut', message: messages.TimedOut, since: now }
}

const messages = {
  Cancelled: 'the run was cancelled',
  Superseded: 'superseded by a newer run',
  TimedOut: 'the run took longer than its timeout',
} as const satisfies Readonly<Record<Stopping['cause'], string>>

/**
 * The run's clock starts when its first pod begins to run, or that of a run it calls: time spent queued for quota, for a
 * node or for an image does not count (decision 15).
 */
export function findStartTime({ run, pods, children = [] }: Snapshot): string | undefined {
  const begun = pods.flatMap((pod) => findFirstStart(pod) ?? [])
  const called = children.flatMap(({ status }) => status?.startTime ?? [])
  return run.status?.startTime ?? [...begun, ...called].sort()[0]
}

/** `pausedMs`: how long the clock stood still, because only approvals were waited for. */
export function findDeadline(plan: Plan, startTime: string | undefined, pausedMs = 0): Instant | undefined {
  const start = toInstant(startTime)
  return start === undefined ? undefined : start + plan.timeoutSeconds * 1000 + pausedMs
}
