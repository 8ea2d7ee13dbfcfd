import type { PipelineConfig, RepositoryConnection } from '../../crds/kinds.ts'
import type { Condition } from '../../crds/parts/condition.ts'
import { configFields, foldConfigStatus, listSecrets } from '../engine/config-status.ts'
import { connectionFields, foldConnectionStatus, listConnectionSecrets } from '../engine/connection-status.ts'
import { pickStanding } from '../engine/status/conditions.ts'
import { isConflict, isNotFound } from '../kube/kube-error.ts'
import type { KubeClient } from '../kube/ports.ts'
import type { Clock } from '../lib/clock.ts'
import { isSameJson } from '../lib/json-equal.ts'
import type { KubeObject, ResourceType } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Caches, indexes } from './caches.ts'
import { toObjectKey } from './reconcile-run.ts'

export interface ConfigDeps {
  readonly caches: Caches
  readonly client: KubeClient
  readonly clock: Clock
  /** Uid by kind and key of what this process has applied the status of; see applyStatus. */
  readonly applied: Map<string, string>
}

/** Secrets are not watched: that would mean to read them all. */
const recheckMs = 300_000
const recheckMissingMs = 20_000
const conflictRetryMs = 1000

/** Status of a PipelineConfig; gives back when to look again. */
export async function reconcileConfig(deps: ConfigDeps, key: string): Promise<number | undefined> {
  const { caches, client, clock } = deps
  const config = caches.configs.get(toObjectKey(key))
  if (config === undefined) deps.applied.delete(`${resourceTypes.pipelineConfig.plural} ${key}`)
  if (config === undefined || config.metadata.deletionTimestamp !== undefined) return undefined
  const missingSecrets = await findMissing(client, config, listSecrets(config.spec))
  const runs = caches.runs.getByIndex(indexes.config, key).map(({ metadata, status }) => {
    const { phase, startTime, completionTime } = status ?? {}
    return { createdAt: metadata.creationTimestamp ?? '', phase, startTime, completionTime }
  })
  const status = foldConfigStatus({ config, runs, missingSecrets, now: clock.now() })
  const change = { object: config, status, fields: configFields, missingSecrets }
  return applyStatus<PipelineConfig>(deps, resourceTypes.pipelineConfig, change)
}

/** Status of a RepositoryConnection; gives back when to look again. */
export async function reconcileConnection(deps: ConfigDeps, key: string): Promise<number | undefined> {
  const { caches, client, clock } = deps
  const connection = caches.connections.get(toObjectKey(key))
  if (connection === undefined) deps.applied.delete(`${resourceTypes.repositoryConnection.plural} ${key}`)
  if (connection === undefined || connection.metadata.deletionTimestamp !== undefined) return undefined
  const missingSecrets = await findMissing(client, connection, listConnectionSecrets(connection))
  const { pipelineConfigRef: name } = connection.spec
  const { namespace = '' } = connection.metadata
  const hasConfig = name === undefined || caches.configs.get({ namespace, name }) !== undefined
  const status = foldConnectionStatus({ connection, missingSecrets, hasConfig, now: clock.now() })
  const change = { object: connection, status, fields: connectionFields, missingSecrets }
  return applyStatus<RepositoryConnection>(deps, resourceTypes.repositoryConnection, change)
}

async function findMissing(
  client: KubeClient,
  { metadata }: KubeObject,
  names: readonly string[],
): Promise<readonly string[]> {
  const { namespace = '' } = metadata
  const found = await Promise.all(names.map((name) => client.getMetadata(resourceTypes.secret, { namespace, name })))
  return names.filter((_, index) => found[index] === undefined)
}

type WithStatus = KubeObject & { readonly status?: { readonly conditions?: Condition[] } }

interface StatusChange<T extends WithStatus> {
  readonly object: T
  /** Has these fields and no other. */
  readonly status: object
  readonly fields: readonly string[]
  readonly missingSecrets: readonly string[]
}

/**
 * Where it differs in what is ours, and once a process in any case: an apply gives up the fields that an earlier version
 * applied under our name and that another field manager owns now. One that changes nothing is no new version.
 */
async function applyStatus<T extends WithStatus>(
  { client, applied }: ConfigDeps,
  type: ResourceType,
  { object, status, fields, missingSecrets }: StatusChange<T>,
): Promise<number> {
  const { name = '', namespace = '', resourceVersion = '', uid = '' } = object.metadata
  const id = `${type.plural} ${namespace}/${name}`
  if (applied.get(id) !== uid || !isSameJson(status, pickOwn(object.status, fields))) {
    const kind = { apiVersion: `${type.group}/${type.version}`, kind: type.kind }
    const body: KubeObject & { status: object } = { ...kind, metadata: { name, namespace, resourceVersion }, status }
    try {
      await client.apply(type, body, { subresource: 'status', force: true })
      applied.set(id, uid)
    } catch (error) {
      if (isNotFound(error)) return recheckMs
      if (isConflict(error)) return conflictRetryMs
      throw error
    }
  }
  return missingSecrets.length > 0 ? recheckMissingMs : recheckMs
}

function pickOwn(status: WithStatus['status'], fields: readonly string[]): object {
  const own = Object.entries(status ?? {}).filter(([field]) => fields.includes(field))
  return { ...Object.fromEntries(own), conditions: pickStanding(status?.conditions) }
}
