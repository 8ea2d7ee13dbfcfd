import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { RepositoryConnectionStatus } from '../../crds/repository-connection.ts'
import type { Instant } from '../lib/clock.ts'
import { mergeConditions, pickStanding, renderStanding, type Standing } from './status/conditions.ts'

export interface ConnectionFacts {
  readonly connection: RepositoryConnection
  /** Names of the Secrets it refers to that do not exist. */
  readonly missingSecrets: readonly string[]
  /** Whether the PipelineConfig it refers to exists; true where it refers to none. */
  readonly hasConfig: boolean
  readonly now: Instant
}

/** Fields of a connection's status that c8s-controller applies. What forges told is another field manager's. */
export const connectionFields = [
  'observedGeneration',
  'conditions',
] as const satisfies readonly (keyof RepositoryConnectionStatus)[]

/** What c8s-controller applies of a connection's status: whether what it refers to is there. */
export function foldConnectionStatus(
  facts: ConnectionFacts,
): Pick<RepositoryConnectionStatus, (typeof connectionFields)[number]> {
  const { connection, now } = facts
  const generation = connection.metadata.generation ?? 0
  const context = { last: pickStanding(connection.status?.conditions), generation, now }
  return {
    observedGeneration: generation,
    conditions: [...mergeConditions(renderStanding(judgeReferences(facts)), context)],
  }
}

function judgeReferences({ connection, missingSecrets, hasConfig }: ConnectionFacts): Standing {
  const { pipelineConfigRef = '' } = connection.spec
  if (missingSecrets.length > 0) {
    const [noun, verb] = missingSecrets.length === 1 ? ['Secret', 'does'] : ['Secrets', 'do']
    const message = `${noun} ${missingSecrets.join(' and ')} ${verb} not exist`
    return { state: 'progressing', reason: 'SecretNotFound', message }
  }
  if (hasConfig) return { state: 'ready', reason: 'Accepted', message: 'all that the connection refers to exists' }
  const message = `PipelineConfig ${pipelineConfigRef} does not exist`
  return { state: 'progressing', reason: 'PipelineConfigNotFound', message }
}

/** Names of the Secrets that a connection refers to. */
export function listConnectionSecrets({ spec }: RepositoryConnection): readonly string[] {
  return [...new Set([spec.authSecretRef, spec.webhookSecretRef].filter((name) => name !== undefined))].sort()
}
