/** A bounded number of places, of which no party may have all. */
export interface Places {
  /** False where there is no room for that party. */
  take(party: string): boolean
  give(party: string): void
  takenBy(party: string): number
  readonly taken: number
}

export function createPlaces(most: number, mostOfOne: number): Places {
  const byParty = new Map<string, number>()
  const takenBy = (party: string): number => byParty.get(party) ?? 0
  let taken = 0
  return {
    takenBy,
    take: (party) => {
      if (taken >= most || takenBy(party) >= mostOfOne) return false
      taken += 1
      byParty.set(party, takenBy(party) + 1)
      return true
    },
    give: (party) => {
      taken -= 1
      const left = takenBy(party) - 1
      if (left === 0) byParty.delete(party)
      else byParty.set(party, left)
    },
    get taken() {
      return taken
    },
  }
}

/** Whose turn it is: the first of the party that has the fewest places. */
export function findNext<T extends { readonly party: string }>(
  queue: Iterable<T>,
  takenBy: Places['takenBy'],
): T | undefined {
  let next: T | undefined
  for (const waiter of queue) {
    if (next === undefined || takenBy(waiter.party) < takenBy(next.party)) next = waiter
  }
  return next
}
