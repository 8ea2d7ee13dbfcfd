import { labels } from '../../../crds/labels.ts'
import { toLabelValue } from '../../../crds/names.ts'
import type { Amounts } from '../../engine/queue/demand.ts'
import { type Holding, nothing } from '../../engine/queue/quota-domains.ts'
import { type Caches, indexes } from '../caches.ts'

/** A step that was let through. */
export interface Grant {
  readonly runUid: string
  readonly step: string
  readonly attempt: number
  readonly namespace: string
  readonly share: string
  readonly priorityClass?: string | undefined
  readonly demand: Amounts
}

/** How long a step that was let through may be without a Job; then its room is given out anew. */
const lagMs = 10_000

/** What was let through and cannot be seen in the caches yet. */
export class Grants {
  readonly #caches: Caches
  readonly #grants = new Map<string, Grant & { readonly at: number }>()

  constructor(caches: Caches) {
    this.#caches = caches
  }

  add(grant: Grant, at: number): void {
    this.#grants.set(toKey(grant), { ...grant, at })
  }

  has(step: Pick<Grant, 'runUid' | 'step' | 'attempt'>): boolean {
    return this.#grants.has(toKey(step))
  }

  /** Forgets those whose Job is there by now, and those that never came to one. */
  prune(now: number): void {
    for (const [key, grant] of this.#grants) {
      if (now - grant.at >= lagMs || this.#isVisible(grant)) this.#grants.delete(key)
    }
  }

  listHoldings(namespaces: readonly string[]): readonly Holding[] {
    return [...this.#grants.values()]
      .filter(({ namespace }) => namespaces.includes(namespace))
      .map(({ demand, ...grant }) => ({ ...grant, counted: nothing, pending: demand }))
  }

  #isVisible({ runUid, step, attempt }: Grant): boolean {
    return this.#caches.jobs.getByIndex(indexes.run, runUid).some(({ metadata }) => {
      const found = metadata.labels ?? {}
      return found[labels.step] === toLabelValue(step) && found[labels.attempt] === String(attempt)
    })
  }
}

function toKey({ runUid, step, attempt }: Pick<Grant, 'runUid' | 'step' | 'attempt'>): string {
  return `${runUid} ${attempt} ${step}`
}
