import type { QueueState } from '../../../crds/parts/run-state.ts'
import { toTimestamp } from '../../lib/clock.ts'
import type { Snapshot } from '../snapshot.ts'

/** Where a run stands among those that wait, and what for. */
export type Place = Pick<QueueState, 'position' | 'of' | 'message'>

/** What the queue of the namespace, or of the team, says to one run. */
export interface Room {
  /** Steps that may start now; no others. */
  readonly granted: ReadonlySet<string>
  /** Those that asked for room and have to wait, and why. */
  readonly waiting: ReadonlyMap<string, string>
  readonly place?: Place
}

/** What the other runs of its concurrency group leave to one run. */
export interface GroupTurn {
  /** The run that goes on now. */
  readonly after: string
  readonly place: Place
}

/** Longest that the schema takes. */
const longestMessage = 1024

/** status.queue: only while the run waits. The turn in its group comes before room. */
export function renderQueue({ run, groupTurn, room, now }: Snapshot): QueueState | undefined {
  const place = groupTurn?.place ?? room?.place
  if (place === undefined) return undefined
  const { message, ...rest } = place
  const since = run.status?.queue?.since ?? toTimestamp(now)
  return { ...rest, since, ...(message === undefined ? {} : { message: message.slice(0, longestMessage) }) }
}
