import type { KubeObject } from '../src/lib/kubernetes.ts'
import { ReadsFailed } from './gather.ts'
import { createPair, type Pair, type PairDeps } from './pair.ts'
import { diffObjects } from './patch.ts'
import { type AdmissionRequest, admittedTypes, toResourceName } from './request.ts'
import {
  type Decision,
  type ReviewResponse,
  renderAllowed,
  renderDenied,
  renderErrored,
  withAudit,
} from './response.ts'
import { parseReview } from './review.ts'

export interface AdmissionServiceDeps extends PairDeps {
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

/** From bytes to bytes; the only place where a fault becomes an answer. */
export function createAdmissionService(deps: AdmissionServiceDeps): AdmissionService {
  const pair = createPair(deps)
  return {
    mutate: (bytes) => answerReview(bytes, pair.mutate, { deps, webhook: 'mutate' }),
    validate: (bytes) => answerReview(bytes, pair.validate, { deps, webhook: 'validate' }),
  }
}

type Answerer = Pair['mutate']

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
    return { status: 200, body: renderFault(uid, error) }
  }
}

function renderDecision(request: AdmissionRequest, decision: Decision<KubeObject>): ReviewResponse {
  const { uid, object } = request
  if (!decision.allowed) return withAudit(renderDenied(request, decision), decision.audit)
  const isChanged = object !== undefined && decision.object !== undefined && decision.object !== object
  const review = renderAllowed(uid, decision.warnings, isChanged ? diffObjects(object, decision.object) : [])
  return withAudit(review, decision.audit)
}

/**
 * Constant sentences: what is behind a fault is in c8s's own log, and may be nobody else's business. Reads that fail or come too late
 * are a matter of load, or of a moment: 429 and Retry-After, which kubectl and every client of client-go follow by themselves.
 */
function renderFault(uid: string, error: unknown): ReviewResponse {
  if (error instanceof ReadsFailed) {
    const busy = 'c8s could not read what it needs from the API server; nothing was changed; try again'
    return renderErrored(uid, 429, busy)
  }
  return renderErrored(uid, 500, 'c8s failed while judging the object; nothing was changed; its log tells more')
}
