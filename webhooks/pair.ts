import { setImmediate as afterAnswer } from 'node:timers/promises'
import type { Clock } from '../src/lib/clock.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import type { Admission } from './admit.ts'
import { type AdmissionSettings, createFacts, type Facts } from './facts.ts'
import { createGatherer, type FactSource, type Gatherer } from './gather.ts'
import { createHandover, type Prepared } from './handover.ts'
import { guessFacts, type NearObjects } from './near.ts'
import { type AdmissionRequest, toResourceName } from './request.ts'
import type { Decision } from './response.ts'

export interface PairDeps {
  readonly mutation: Admission
  readonly validation: Admission
  readonly source: FactSource
  /** What watches know; without it everything is read live before the first answer. */
  readonly near?: NearObjects
  readonly clock: Clock
  readonly settings: AdmissionSettings
  /** Longest time that the reads of one call may take; 1000 where it is not given. */
  readonly readBudgetMs?: number
}

/** The two calls that the API server makes for one write. */
export interface Pair {
  mutate(request: AdmissionRequest): Promise<Decision<KubeObject>>
  validate(request: AdmissionRequest): Promise<Decision<KubeObject>>
}

/** Shorter than the webhooks' timeout, so that the API server hears of slow reads from us. */
const defaultReadBudgetMs = 1000

/** Whoever asks for what was made ahead hears of its failure; where nobody does, nobody is to. */
const ignore = () => undefined

/**
 * The mutating call answers from what watches know where that is enough; what it answered is proved by live reads, and
 * judged, while the API server works on it; the validating call only waits for that verdict. Where anything is in doubt
 * both calls read live.
 */
export function createPair(deps: PairDeps): Pair {
  const { mutation, validation, source, near, clock, settings, readBudgetMs: budgetMs = defaultReadBudgetMs } = deps
  const handover = createHandover(clock)
  const live = { source, clock, settings, budgetMs }
  const open = (namespace: string) => createGatherer(namespace, near === undefined ? live : { ...live, near })

  const judge = async (request: AdmissionRequest, gatherer: Gatherer): Promise<Decision<KubeObject>> => {
    const facts = await gatherer.gather((known) => validation.planReads(request, known))
    const decision = validation.admit(request, facts)
    if (decision.allowed || !gatherer.usedNear()) return decision
    const proof = createGatherer(request.namespace, live)
    return validation.admit(request, await proof.gather((known) => validation.planReads(request, known)))
  }
  const guess = (request: AdmissionRequest): Facts | undefined => {
    if (near === undefined) return undefined
    const start = createFacts(clock.now(), settings)
    return guessFacts(start, (known) => mutation.planReads(request, known), { near, namespace: request.namespace })
  }
  const judgeAhead = async (request: AdmissionRequest, gatherer: Gatherer) => {
    await afterAnswer()
    return judge(request, gatherer)
  }
  const prepare = (request: AdmissionRequest, gatherer: Gatherer): Prepared => {
    // Jobs come back with the API server's defaults in them and are judged anew; only the reads are made ahead.
    if (request.resource === toResourceName(resourceTypes.job)) {
      gatherer.gather((known) => validation.planReads(request, known)).catch(ignore)
      return { gatherer }
    }
    // What the API server would refuse is left to it.
    if (!validation.fits(request)) return { gatherer }
    const verdict = judgeAhead(request, gatherer)
    verdict.catch(ignore)
    return { gatherer, verdict }
  }
  return {
    mutate: async (request) => {
      const gatherer = open(request.namespace)
      // Under way while the first answer is made.
      gatherer.gather((known) => validation.planReads(request, known)).catch(ignore)
      const guessed = guess(request)
      const facts = guessed ?? (await gatherer.gather((known) => mutation.planReads(request, known)))
      const decision = mutation.admit(request, facts)
      if (decision.allowed && decision.object !== undefined) {
        handover.give(request, decision.object, prepare({ ...request, object: decision.object }, gatherer))
      }
      return decision
    },
    validate: (request) => {
      const { verdict, gatherer = open(request.namespace) } = handover.take(request)
      return verdict ?? judge(request, gatherer)
    },
  }
}
