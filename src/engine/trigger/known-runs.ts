import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Instant } from '../../lib/clock.ts'
import { findWithheldNeed } from '../approval.ts'
import { isRunFinal } from '../status/run-status.ts'
import type { EventRun } from './render-run.ts'

/** The runs that c8s made for events of a connection, without those that they call; labels are for finding, spec.event is what counts. */
export function keepRunsOf(connection: string, runs: readonly PipelineRun[]): readonly EventRun[] {
  const own = runs.filter(
    (run): run is EventRun => run.spec.event?.connection === connection && run.spec.parent === undefined,
  )
  return [...new Map(own.map((run) => [run.metadata.name, run])).values()]
}

/** Neither ended nor being stopped. */
export function isStoppable(run: PipelineRun): boolean {
  return !isRunFinal(run.status?.phase) && run.spec.cancel !== true && run.spec.rejected === undefined
}

export function isOfPullRequest(number: number): (run: EventRun) => boolean {
  return ({ spec }) => spec.event.type === 'pullRequest' && spec.event.pullRequest?.number === number
}

/** Whether nothing of it starts before somebody approves its commit; others run without secrets. */
export function isWaitingForApproval(run: PipelineRun): boolean {
  return isStoppable(run) && findWithheldNeed(run) !== undefined
}

/** When c8s learnt of the event, with milliseconds; not when the run was created, which has whole seconds. */
export function toReceived({ spec }: EventRun): Instant {
  return Date.parse(spec.event.receivedAt)
}

/** The one whose event came last. */
export function findNewest(runs: readonly EventRun[]): EventRun | undefined {
  return runs.toSorted(byReceived).at(-1)
}

function byReceived(a: EventRun, b: EventRun): number {
  return toReceived(a) - toReceived(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)
}
