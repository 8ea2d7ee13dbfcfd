import type { Place, Room } from '../../engine/queue/room.ts'

/** What a run has been told of its place, and when. */
export interface Told {
  readonly room: Room
  readonly at: number
}

/** A place this near to the front is told at once. */
const nearPlace = 3
/** Others at most this often; those far behind less often still, so that a long queue costs no more than a short one. */
const tellMs = 10_000
const placesPerInterval = 50

/** When a run that was told this may hear something else. */
export function findTellTime({ room, at }: Told, next: Place): number {
  const isNear = next.position <= nearPlace && next.position !== room.place?.position
  return isNear ? at : at + tellMs * (1 + Math.floor(next.position / placesPerInterval))
}

/** Whether there is anything new to tell. What waits is told of its room at once, and what waits anew too. */
export function isSameTold(told: Room, next: Room): boolean {
  const { position, of, message } = told.place ?? {}
  return position === next.place?.position && of === next.place?.of && message === next.place?.message
}

/** The room as it is, in the words of before. */
export function keepWords(told: Room | undefined, next: Room): Room {
  if (told?.place === undefined || next.place === undefined) return next
  const waiting = new Map([...next.waiting].map(([step, message]) => [step, told.waiting.get(step) ?? message]))
  return { ...next, waiting, place: told.place }
}
