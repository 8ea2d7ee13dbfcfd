import type { Gate } from './gate.ts'

/** The quotas that count the step have room for it, and nothing comes before it. */
export const room: Gate = {
  id: 'room',
  isForEachAttempt: true,
  judge({ step }, { snapshot }) {
    const message = snapshot.room?.waiting.get(step.name)
    return message === undefined ? undefined : { kind: 'wait', reason: 'QuotaExceeded', message }
  },
}
