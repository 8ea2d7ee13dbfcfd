import type { RepositoryConnection } from '../../crds/kinds.ts'
import { toRepositoryKey } from '../forge/register/repository-key.ts'
import type { Clock } from '../lib/clock.ts'
import type { ForgeEvent, ParsedDelivery, RawDelivery } from '../lib/forge-event.ts'
import { findRepositoryHints } from '../vcs/incoming/hints.ts'
import type { IncomingProvider } from '../vcs/incoming/provider.ts'
import { type Answer, answers } from './answer.ts'
import type { Connections } from './connections.ts'
import type { DeliveryName } from './outcome.ts'
import { findSigned, type VerifyDeps } from './verify.ts'

export interface JudgeDeps extends VerifyDeps {
  readonly connections: Pick<Connections, 'find' | 'findAny'>
  readonly clock: Clock
}

/** A delivery without its body. */
export type Judged =
  | { readonly kind: 'rejected'; readonly answer: Answer; readonly candidates: readonly RepositoryConnection[] }
  /** Signed, and there is nothing to do. */
  | {
      readonly kind: 'settled'
      readonly connections: readonly RepositoryConnection[]
      readonly name: DeliveryName
      readonly of: Exclude<ParsedDelivery, { readonly kind: 'event' }>
    }
  | {
      readonly kind: 'events'
      readonly connections: readonly RepositoryConnection[]
      readonly name: DeliveryName
      readonly events: readonly ForgeEvent[]
    }

/** Deliveries that name no repository are pings and the like: small. Only such are held against many secrets. */
const longestWithoutRepository = 65_536

/**
 * Who may say this, and what it says; parsed only once it is known who. Throws KubeError where the API server does not tell
 * the secrets.
 */
export async function judgeDelivery(
  deps: JudgeDeps,
  provider: IncomingProvider,
  delivery: RawDelivery,
): Promise<Judged> {
  const candidates = findCandidates(deps, provider, delivery)
  const now = deps.clock.now()
  const signed = await findSigned(deps, candidates, (secret) => provider.verify(delivery, secret, now))
  if (signed.length === 0) {
    const answer = candidates.length === 0 ? answers.unknownRepository : answers.unsigned
    return { kind: 'rejected', answer, candidates }
  }
  const parsed = provider.parse(delivery)
  if (parsed.kind === 'malformed') {
    return { kind: 'settled', connections: signed, name: { id: '', event: '' }, of: parsed }
  }
  // What was believed about the repository before the signature was checked must be what it says now.
  const connections = signed.filter((connection) => isAbout(parsed, connection))
  if (connections.length === 0) return { kind: 'rejected', answer: answers.unsigned, candidates }
  return parsed.kind === 'event'
    ? { kind: 'events', connections, name: nameEvents(parsed.events), events: parsed.events }
    : { kind: 'settled', connections, name: nameSettled(parsed), of: parsed }
}

/** Found by what the body seems to be about, before anything in it is believed. */
function findCandidates(
  { connections }: JudgeDeps,
  { id }: IncomingProvider,
  delivery: RawDelivery,
): readonly RepositoryConnection[] {
  const hints = findRepositoryHints(delivery)
  if (hints.length > 0) return connections.find(id, hints)
  return delivery.body.length <= longestWithoutRepository ? connections.findAny(id) : []
}

type Readable = Exclude<ParsedDelivery, { readonly kind: 'malformed' }>

/** Nothing follows from a ping or an event that c8s ignores, so they may be about no repository at all. */
function isAbout({ kind, repositories }: Readable, { spec }: RepositoryConnection): boolean {
  if (kind !== 'event' && repositories.length === 0) return true
  const key = toRepositoryKey(spec.provider, spec.repository)
  return repositories.some((url) => toRepositoryKey(spec.provider, url) === key)
}

function nameEvents([first]: readonly ForgeEvent[]): DeliveryName {
  return { id: first?.delivery ?? '', event: first?.name ?? '' }
}

function nameSettled(parsed: Exclude<Readable, { readonly kind: 'event' }>): DeliveryName {
  return { id: parsed.delivery, event: parsed.kind === 'ping' ? 'ping' : parsed.name }
}
