import type { Gate } from './gate.ts'

/** No other run of the concurrency group goes on, or comes first. A run that has begun is not asked any more. */
export const turn: Gate = {
  id: 'turn',
  judge(_, { snapshot }) {
    const { groupTurn } = snapshot
    if (groupTurn === undefined) return undefined
    const { after, place } = groupTurn
    const message = place.message ?? `waits for run ${after} of its concurrency group`
    return { kind: 'wait', reason: 'ConcurrencyGroup', message }
  },
}
