import { isDeepStrictEqual } from 'node:util'
import type { Clock, Instant } from '../src/lib/clock.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import type { Gatherer } from './gather.ts'
import { toRecord } from './json.ts'
import type { AdmissionRequest } from './request.ts'

/**
 * Hands the reads of a mutating call over to the validating call of the same API request, which comes a millisecond
 * later: what was read for this very request is fresh, and each read more would slow every create. A gatherer is taken
 * once, soon, and only for the object that the mutating call answered with.
 */
export interface Handover {
  give(request: AdmissionRequest, object: KubeObject, gatherer: Gatherer): void
  take(request: AdmissionRequest): Gatherer | undefined
}

interface Offer {
  readonly spec: unknown
  readonly gatherer: Gatherer
  readonly until: Instant
}

const lifetimeMs = 1000
/** A flood of creates that never come back must not fill the memory. */
const maxOffers = 1000

export function createHandover(clock: Clock): Handover {
  const offers = new Map<string, Offer>()
  return {
    give: (request, object, gatherer) => {
      const now = clock.now()
      // In the order of their giving, so the oldest are first.
      for (const [key, { until }] of offers) {
        if (until > now && offers.size < maxOffers) break
        offers.delete(key)
      }
      const key = toKey(request)
      offers.delete(key)
      offers.set(key, { spec: toRecord(object)['spec'], gatherer, until: now + lifetimeMs })
    },
    take: (request) => {
      const key = toKey(request)
      const offer = offers.get(key)
      offers.delete(key)
      if (offer === undefined || offer.until <= clock.now()) return undefined
      return isSameSpec(request, offer.spec) ? offer.gatherer : undefined
    },
  }
}

function toKey({ resource, operation, namespace, dryRun, user, object }: AdmissionRequest): string {
  const { name, generateName } = object?.metadata ?? {}
  return JSON.stringify([resource, operation, namespace, dryRun, user.username, generateName ?? name ?? ''])
}

/** Jobs come back with the API server's defaults in them; what is read for them depends on names alone. */
function isSameSpec({ resource, object }: AdmissionRequest, spec: unknown): boolean {
  return resource === 'jobs.batch' || isDeepStrictEqual(toRecord(object)['spec'], spec)
}
