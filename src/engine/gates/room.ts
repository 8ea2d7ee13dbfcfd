import { toTimestamp } from '../../lib/clock.ts'
import type { Gate } from './gate.ts'

/** The quotas that count the step have room for it, and nothing comes before it. */
export const room: Gate = {
  id: 'room',
  isForEachAttempt: true,
  judge({ step, waitingSince }, { snapshot }) {
    const { room } = snapshot
    // A step that is another run has no pod: the steps of that run ask for themselves.
    if (room === undefined || step.pipeline !== undefined || room.granted.has(step.name)) return undefined
    const message = room.waiting.get(step.name)
    // It did not ask: it would only start in the place of one that waits.
    if (message === undefined) return { kind: 'wait' }
    const wait = { kind: 'wait', reason: 'QuotaExceeded', message } as const
    // What the run's clock leaves out, once it goes.
    return snapshot.run.status?.startTime === undefined
      ? wait
      : { ...wait, waitingSince: waitingSince ?? toTimestamp(snapshot.now) }
  },
}
