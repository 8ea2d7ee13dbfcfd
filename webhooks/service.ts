import type { Clock } from '../src/lib/clock.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'
import type { Admission } from './admit.ts'
import type { AdmissionSettings } from './facts.ts'
import { createGatherer, type FactSource, type Gatherer, ReadsTooSlow } from './gather.ts'
import { createHandover } from './handover.ts'
import { diffObjects } from './patch.ts'
import { type AdmissionRequest, admittedTypes, toResourceName } from './request.ts'
import { type Decision, type ReviewResponse, renderAllowed, renderDenied, renderErrored } from './response.ts'
import { parseReview } from './review.ts'

export interface AdmissionServiceDeps {
  readonly mutation: Admission
  readonly validation: Admission
  readonly source: FactSource
  readonly clock: Clock
  readonly settings: AdmissionSettings
  /** Told each fault of ours, and each answer for the metrics. */
  readonly onFault: (fault: Fault) => void
  readonly onAnswer: (answer: Answer) => void
}

export interface Fault {
  readonly error: unknown
  readonly uid: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

export interface Answer {
  readonly webhook: 'mutate' | 'validate'
  readonly resource: string
  readonly operation: string
  readonly verdict: 'allowed' | 'denied' | 'failed'
}

export interface ServiceAnswer {
  /** HTTP status: 200 whenever the API server can match the answer to its question. */
  readonly status: 200 | 400
  readonly body: ReviewResponse
}

export interface AdmissionService {
  mutate(bytes: Uint8Array): Promise<ServiceAnswer>
  validate(bytes: Uint8Array): Promise<ServiceAnswer>
}

/** Shorter than the webhooks' timeout, so that the API server hears of slow reads from us. */
const readBudgetMs = 1000

/** From bytes to bytes; the only place where a fault becomes an answer. */
export function createAdmissionService(deps: AdmissionServiceDeps): AdmissionService {
  const { mutation, validation, source, clock, settings } = deps
  const handover = createHandover(clock)
  const open = (namespace: string) => createGatherer(namespace, { source, clock, settings, budgetMs: readBudgetMs })

  const mutate: Answerer = async (request) => {
    const gatherer = open(request.namespace)
    prefetchVerdict(validation, request, gatherer)
    const facts = await gatherer.gather((known) => mutation.planReads(request, known))
    const decision = mutation.admit(request, facts)
    if (decision.allowed && decision.object !== undefined) handover.give(request, decision.object, gatherer)
    return decision
  }
  const validate: Answerer = async (request) => {
    const gatherer = handover.take(request) ?? open(request.namespace)
    const facts = await gatherer.gather((known) => validation.planReads(request, known))
    return validation.admit(request, facts)
  }
  return {
    mutate: (bytes) => answerReview(bytes, mutate, { deps, webhook: 'mutate' }),
    validate: (bytes) => answerReview(bytes, validate, { deps, webhook: 'validate' }),
  }
}

type Answerer = (request: AdmissionRequest) => Promise<Decision<KubeObject>>

/** What the validating call will need is read while the mutating one is answered. Its faults are told when it asks. */
function prefetchVerdict(validation: Admission, request: AdmissionRequest, gatherer: Gatherer): void {
  gatherer.gather((known) => validation.planReads(request, known)).catch(() => undefined)
}

/** Anybody who reaches the port may name resources; only these become names in the metrics. */
const admittedNames: ReadonlySet<string> = new Set(admittedTypes.map(toResourceName))

interface AnswerContext {
  readonly deps: AdmissionServiceDeps
  readonly webhook: Answer['webhook']
}

async function answerReview(bytes: Uint8Array, answer: Answerer, context: AnswerContext): Promise<ServiceAnswer> {
  const { deps, webhook } = context
  const parsed = parseReview(bytes)
  if (!parsed.ok) {
    const { uid, message } = parsed
    deps.onAnswer({ webhook, resource: '', operation: '', verdict: 'failed' })
    return { status: uid === undefined ? 400 : 200, body: renderErrored(uid ?? '', 400, message) }
  }
  const { request } = parsed
  const { uid, resource, operation, namespace, name } = request
  const counted = admittedNames.has(resource) ? resource : 'other'
  const count = (verdict: Answer['verdict']) => deps.onAnswer({ webhook, resource: counted, operation, verdict })
  try {
    const decision = await answer(request)
    count(decision.allowed ? 'allowed' : 'denied')
    return { status: 200, body: renderDecision(request, decision) }
  } catch (error) {
    deps.onFault({ error, uid, resource, namespace, name })
    count('failed')
    return { status: 200, body: renderErrored(uid, 500, describeFault(error)) }
  }
}

function renderDecision({ uid, object }: AdmissionRequest, decision: Decision<KubeObject>): ReviewResponse {
  if (!decision.allowed) return renderDenied(uid, decision)
  const isChanged = object !== undefined && decision.object !== undefined && decision.object !== object
  return renderAllowed(uid, decision.warnings, isChanged ? diffObjects(object, decision.object) : [])
}

/** Constant sentences: what is behind a fault is in c8s's own log, and may be nobody else's business. */
function describeFault(error: unknown): string {
  return error instanceof ReadsTooSlow
    ? 'c8s could not read what it needs from the API server in time; nothing was changed; try again'
    : 'c8s failed while judging the object; nothing was changed; its log tells more'
}
