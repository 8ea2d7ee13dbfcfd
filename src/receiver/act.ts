import type { RepositoryConnection } from '../../crds/kinds.ts'
import { unsignedReason } from '../forge/deliveries/fold.ts'
import type { DeliveryLog, Intake, Outcome } from '../forge/part.ts'
import { toRepositoryKey } from '../forge/register/repository-key.ts'
import type { Clock } from '../lib/clock.ts'
import type { ForgeEvent } from '../lib/forge-event.ts'
import { type Answer, answers } from './answer.ts'
import type { Gate } from './gate.ts'
import type { Judged } from './judge.ts'
import { type DeliveryName, foldOutcomes, renderOutcome, renderRow } from './outcome.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Throttle } from './throttle.ts'

export interface ActDeps {
  readonly intake: Intake
  readonly deliveries: DeliveryLog
  readonly gate: Gate
  readonly rateLimit: RateLimit
  /** What a stranger, or a flood, could make happen often is told once a minute for each connection. */
  readonly mayTell: Throttle
  readonly clock: Clock
}

type Settled = Extract<Judged, { readonly kind: 'settled' }>
type Events = Extract<Judged, { readonly kind: 'events' }>

/** Does what a judged delivery asks for, notes what came of it, and says what to answer. */
export async function actOnDelivery(deps: ActDeps, judged: Judged): Promise<Answer> {
  if (judged.kind === 'events') return actOnEvents(deps, judged)
  if (judged.kind === 'settled') return settle(deps, judged)
  for (const connection of judged.candidates) noteUnsigned(deps, connection)
  return judged.answer
}

/** Without any detail: everything in it comes from somebody who could not sign. */
function noteUnsigned(deps: ActDeps, connection: RepositoryConnection): void {
  const message = 'a delivery was not signed with the webhook secret of this connection'
  const name = { id: 'unsigned', event: 'unknown' }
  noteRarely(deps, connection, { name, outcome: { verdict: 'Refused', reason: unsignedReason, message, runs: [] } })
}

interface Note {
  readonly name: DeliveryName
  readonly outcome: Outcome
}

function note({ deliveries, clock }: ActDeps, connection: RepositoryConnection, { name, outcome }: Note): void {
  deliveries.note(connection, renderRow(name, outcome, clock.now()))
}

function noteRarely(deps: ActDeps, connection: RepositoryConnection, told: Note): void {
  if (deps.mayTell(`${connection.metadata.uid ?? ''} ${told.outcome.reason}`)) note(deps, connection, told)
}

function settle(deps: ActDeps, { connections, name, of }: Settled): Answer {
  const outcome = toOutcome(of)
  for (const connection of connections) note(deps, connection, { name, outcome })
  if (of.kind === 'malformed') return answers.malformed(of.message)
  const answer = renderOutcome(connections.map((connection) => ({ connection, outcome })))
  return of.kind === 'ping' ? { ...answer, result: 'ping' } : answer
}

function toOutcome(of: Settled['of']): Outcome {
  if (of.kind === 'malformed') return { verdict: 'Refused', reason: 'Malformed', message: of.message, runs: [] }
  if (of.kind === 'ignored') return { verdict: 'Ignored', reason: 'EventNotUsed', message: of.message, runs: [] }
  return { verdict: 'Done', reason: 'Ping', message: 'the webhook works', runs: [] }
}

async function actOnEvents(deps: ActDeps, { connections, name, events }: Events): Promise<Answer> {
  const waitMs = deps.rateLimit.take(toRateKey(connections))
  if (waitMs > 0) {
    const message = 'the repository sends more deliveries than c8s takes'
    const outcome: Outcome = { verdict: 'Refused', reason: 'RateLimited', message, runs: [] }
    for (const connection of connections) noteRarely(deps, connection, { name, outcome })
    return answers.rateLimited(waitMs)
  }
  const told = await Promise.all(
    connections.map(async (connection) => {
      const outcome = await takeIn(deps, connection, events)
      const tell = outcome.reason === overloaded.reason ? noteRarely : note
      tell(deps, connection, { name, outcome })
      return { connection, outcome }
    }),
  )
  return renderOutcome(told)
}

/** The repository, and whose it is here: anybody may connect it with a secret of their own, and sign with that. */
function toRateKey(connections: readonly RepositoryConnection[]): string {
  const [{ spec } = { spec: undefined }] = connections
  const namespaces = new Set(connections.map(({ metadata }) => metadata.namespace ?? ''))
  return `${spec === undefined ? '' : toRepositoryKey(spec.provider, spec.repository)} ${[...namespaces].sort().join(' ')}`
}

const overloaded: Outcome = {
  verdict: 'Failed',
  reason: 'Overloaded',
  message: 'c8s had more deliveries than it can take at once',
  runs: [],
  retryAfterMs: 5000,
}

/** One after the other, in the order in which the forge tells them: the newest is to win. */
async function takeIn(
  { intake, gate }: ActDeps,
  connection: RepositoryConnection,
  events: readonly ForgeEvent[],
): Promise<Outcome> {
  const { namespace = '' } = connection.metadata
  const outcomes: Outcome[] = []
  for (const event of events) {
    const outcome = await gate.run(namespace, () => intake.handle(connection, event))
    outcomes.push(outcome ?? overloaded)
    if (outcome === undefined) break
  }
  return foldOutcomes(outcomes)
}
