import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { mergeConditions } from '../../engine/status/conditions.ts'
import type { Instant } from '../../lib/clock.ts'
import { ForgeError, type ForgeErrorKind } from '../forge.ts'
import type { ForgeCondition, ForgeFields } from '../status.ts'
import { describeByHand } from './by-hand.ts'

/** What is known of the webhook at the forge. */
export interface RegistrationResult {
  /** Undefined: the forge could not be asked, so what was known stays. */
  readonly isRegistered: boolean | undefined
  readonly reason: string
  readonly message: string
}

const reasons: Readonly<Record<ForgeErrorKind, string>> = {
  unavailable: 'ForgeUnavailable',
  rateLimited: 'ForgeUnavailable',
  forbidden: 'Forbidden',
  notFound: 'RepositoryNotFound',
  unsupported: 'Unsupported',
  refused: 'Refused',
}

/** What a failed call to the forge tells. Of a fault of our own nothing is told here: the log has it. */
export function toResult(error: unknown, connection: RepositoryConnection, webhookURL: string): RegistrationResult {
  const isKnown = error instanceof ForgeError
  const why = isKnown ? error.message : 'c8s failed while it asked the forge; the log of c8s-controller tells more'
  return {
    isRegistered: !isKnown || error.isPassing ? undefined : false,
    reason: isKnown ? reasons[error.kind] : 'ForgeUnavailable',
    message: `${why}; to make the webhook by hand, ${describeByHand(connection, webhookURL)}`,
  }
}

export interface FoldContext {
  readonly connection: RepositoryConnection
  readonly webhookURL: string
  readonly now: Instant
}

/** The fields with this result told. */
export function foldRegistration(fields: ForgeFields, result: RegistrationResult, context: FoldContext): ForgeFields {
  const { connection, webhookURL, now } = context
  const type = 'WebhookRegistered' satisfies ForgeCondition['type']
  const { isRegistered = fields.webhookRegistered === true, reason, message } = result
  const isKnown = result.isRegistered !== undefined || !isRegistered
  const status = isKnown ? (isRegistered ? 'True' : 'False') : 'Unknown'
  const all = fields.conditions ?? []
  const last = all.filter((condition) => condition.type === type)
  const generation = connection.metadata.generation ?? 0
  const merged = mergeConditions([{ type, status, reason, message }], { last, generation, now })
  const others = all.filter((condition) => condition.type !== type)
  return {
    ...fields,
    webhookURL,
    webhookRegistered: isRegistered,
    conditions: [...others, ...(merged as readonly ForgeCondition[])],
  }
}
