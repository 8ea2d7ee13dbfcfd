import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { Delivery } from '../../crds/repository-connection.ts'
import type { Outcome } from '../forge/part.ts'
import type { Instant } from '../lib/clock.ts'
import type { Answer, DeliveryResult } from './answer.ts'

/** What came of the events of a delivery for one connection. */
export interface ConnectionOutcome {
  readonly connection: RepositoryConnection
  readonly outcome: Outcome
}

/** What stands for the whole goes by the gravest; a failure that passes is graver than one that does not: it is sent again. */
const gravity: Readonly<Record<Outcome['verdict'], number>> = { Ignored: 0, Done: 1, Started: 2, Refused: 3, Failed: 4 }
const passingFailure = 5

/** One outcome for several, at least one: the gravest, with the runs of all and each message once. */
export function foldOutcomes(outcomes: readonly Outcome[]): Outcome {
  const gravest = outcomes.reduce((a, b) => (weigh(b) > weigh(a) ? b : a))
  const messages = new Set([gravest, ...outcomes.filter((one) => weigh(one) > 0)].map(({ message }) => message))
  const waits = outcomes.flatMap(({ retryAfterMs = [] }) => retryAfterMs)
  const { retryAfterMs: _, ...rest } = gravest
  return {
    ...rest,
    message: [...messages].join('; '),
    runs: [...new Set(outcomes.flatMap(({ runs }) => runs))],
    ...(weigh(gravest) === passingFailure ? { retryAfterMs: Math.max(...waits) } : {}),
  }
}

function weigh({ verdict, retryAfterMs }: Outcome): number {
  return verdict === 'Failed' && retryAfterMs !== undefined ? passingFailure : gravity[verdict]
}

/**
 * Nothing that failed is answered with 2xx. A refusal is no failure: any stranger can comment, and forges switch webhooks off
 * that answer 4xx again and again.
 */
export function renderOutcome(outcomes: readonly ConnectionOutcome[]): Answer {
  const whole = foldOutcomes(outcomes.map(({ outcome }) => outcome))
  const { verdict, message, retryAfterMs } = whole
  const runs = outcomes.flatMap(({ connection, outcome }) =>
    outcome.runs.map((name) => ({ namespace: connection.metadata.namespace ?? '', name })),
  )
  const answer = { body: { verdict, message, runs } }
  if (retryAfterMs !== undefined) return { ...answer, status: 503, result: 'retry', retryAfterMs }
  return { ...answer, status: verdict === 'Failed' ? 422 : 200, result: verdict.toLowerCase() as DeliveryResult }
}

/** How a delivery is called in the status of its connection. */
export interface DeliveryName {
  readonly id: string
  readonly event: string
}

export function renderRow(name: DeliveryName, outcome: Outcome, now: Instant): Delivery {
  const { verdict, reason, message, commit, runs } = outcome
  return {
    id: name.id === '' ? 'unnamed' : name.id,
    event: name.event === '' ? 'unknown' : name.event,
    verdict,
    reason,
    message,
    ...(commit === undefined ? {} : { commit }),
    ...(runs.length === 0 ? {} : { runs: [...runs] }),
    time: new Date(now).toISOString(),
  }
}
