import { isDeepStrictEqual } from 'node:util'
import type { Clock, Instant } from '../src/lib/clock.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import type { Gatherer } from './gather.ts'
import { toRecord } from './json.ts'
import { type AdmissionRequest, toResourceName } from './request.ts'
import type { Decision } from './response.ts'

/** What the mutating call leaves for the validating one. */
export interface Prepared {
  readonly gatherer: Gatherer
  /** The verdict on the very object that the mutating call answered with; absent where it is to be given anew. */
  readonly verdict?: Promise<Decision<KubeObject>>
}

/**
 * Hands the reads of a mutating call over to the validating call of the same API request, which comes a millisecond
 * later: what was read for this very request is fresh, and each read more would slow every create. They are taken
 * once, soon, and only for the object that the mutating call answered with.
 */
export interface Handover {
  give(request: AdmissionRequest, object: KubeObject, prepared: Prepared): void
  take(request: AdmissionRequest): Partial<Prepared>
}

interface Offer {
  readonly object: KubeObject
  readonly prepared: Prepared
  readonly until: Instant
}

const lifetimeMs = 1000
/** A flood of creates that never come back must not fill the memory. */
const maxOffers = 200

export function createHandover(clock: Clock): Handover {
  const offers = new Map<string, Offer>()
  return {
    give: (request, object, prepared) => {
      const now = clock.now()
      // In the order of their giving, so the oldest are first.
      for (const [key, { until }] of offers) {
        if (until > now && offers.size < maxOffers) break
        offers.delete(key)
      }
      const key = toKey(request)
      offers.delete(key)
      offers.set(key, { object, prepared, until: now + lifetimeMs })
    },
    take: (request) => {
      const key = toKey(request)
      const offer = offers.get(key)
      offers.delete(key)
      return offer === undefined || offer.until <= clock.now() ? {} : choosePrepared(request, offer)
    },
  }
}

function toKey({ resource, operation, namespace, dryRun, user, object }: AdmissionRequest): string {
  const { name, generateName } = object?.metadata ?? {}
  return JSON.stringify([resource, operation, namespace, dryRun, user.username, generateName ?? name ?? ''])
}

/**
 * Jobs come back with the API server's defaults in them: what is read for them depends on names alone, but the verdict
 * must be given anew. So must it be where the name was generated in between.
 */
function choosePrepared({ resource, object }: AdmissionRequest, offer: Offer): Partial<Prepared> {
  const { gatherer } = offer.prepared
  if (resource === toResourceName(resourceTypes.job)) return { gatherer }
  if (!isDeepStrictEqual(toRecord(object)['spec'], toRecord(offer.object)['spec'])) return {}
  return object?.metadata.name === offer.object.metadata.name ? offer.prepared : { gatherer }
}
