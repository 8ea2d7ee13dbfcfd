import type { Delivery } from '../../../crds/repository-connection.ts'
import type { ForgeFields } from '../status.ts'
import { mostRows } from './row.ts'

/** What a row of somebody who could not sign is called: it says nothing of what the repository did. */
export const unsignedReason = 'SignatureInvalid'

/**
 * The newest rows first. The same delivery with the same verdict is one row, the newest of them: two replicas may have got it,
 * and a forge sends again. What status showed before stays, because Events live for an hour.
 */
export function foldRows(shown: readonly Delivery[], told: readonly Delivery[]): readonly Delivery[] {
  const newest = new Map<string, Delivery>()
  for (const row of [...shown, ...told]) {
    const key = JSON.stringify([row.id, row.verdict])
    const before = newest.get(key)
    if (before === undefined || compareTime(before, row) < 0) newest.set(key, row)
  }
  return [...newest.values()].sort((a, b) => compareTime(b, a) || compareText(a, b)).slice(0, mostRows)
}

/** The fields with these rows told. */
export function foldDeliveries(fields: ForgeFields, told: readonly Delivery[]): ForgeFields {
  const deliveries = foldRows(fields.deliveries ?? [], told)
  const last = deliveries.find(({ reason }) => reason !== unsignedReason)
  return {
    ...fields,
    ...(deliveries.length === 0 ? {} : { deliveries: [...deliveries] }),
    ...(last === undefined ? {} : { lastEvent: toLastEvent(last) }),
  }
}

function toLastEvent({ event, commit, time }: Delivery) {
  return { type: event, ...(commit === undefined ? {} : { commit }), timestamp: time }
}

function compareTime(a: Delivery, b: Delivery): number {
  return Date.parse(a.time) - Date.parse(b.time)
}

/** So that the order of the input never shows. */
function compareText(a: Delivery, b: Delivery): number {
  const [left, right] = [JSON.stringify([a.id, a.verdict]), JSON.stringify([b.id, b.verdict])]
  return left < right ? -1 : left > right ? 1 : 0
}
