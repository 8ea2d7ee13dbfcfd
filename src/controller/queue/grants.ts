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
    const runs = new Map<string, ReadonlySet<string>>()
    for (const [key, grant] of this.#grants) {
      const jobs = runs.get(grant.runUid) ?? this.#listVisible(grant.runUid)
      runs.set(grant.runUid, jobs)
      if (now - grant.at >= lagMs || jobs.has(toJobKey(toLabelValue(grant.step), String(grant.attempt)))) {
        this.#grants.delete(key)
      }
    }
  }

  listHoldings(namespaces: readonly string[]): readonly Holding[] {
    return [...this.#grants.values()]
      .filter(({ namespace }) => namespaces.includes(namespace))
      .map(({ demand, ...grant }) => ({ ...grant, counted: nothing, pending: demand }))
  }

  /** A run may have a thousand Jobs: they are gone through once for all of its grants. */
  #listVisible(runUid: string): ReadonlySet<string> {
    return new Set(
      this.#caches.jobs.getByIndex(indexes.run, runUid).map(({ metadata }) => {
        return toJobKey(metadata.labels?.[labels.step] ?? '', metadata.labels?.[labels.attempt] ?? '')
      }),
    )
  }
}

/** Both are values of labels. */
function toJobKey(step: string, attempt: string): string {
  return `${attempt} ${step}`
}

function toKey({ runUid, step, attempt }: Pick<Grant, 'runUid' | 'step' | 'attempt'>): string {
  return `${runUid} ${attempt} ${step}`
}
