import type { PipelineConfig, RepositoryConnection } from '../../crds/kinds.ts'
import { foldConfigStatus, listSecrets } from '../engine/config-status.ts'
import { foldConnectionStatus, listConnectionSecrets } from '../engine/connection-status.ts'
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
}

/** Secrets are not watched: that would mean to read them all. */
const recheckMs = 300_000
const recheckMissingMs = 20_000
const conflictRetryMs = 1000

/** Status of a PipelineConfig; gives back when to look again. */
export async function reconcileConfig({ caches, client, clock }: ConfigDeps, key: string): Promise<number | undefined> {
  const config = caches.configs.get(toObjectKey(key))
  if (config === undefined || config.metadata.deletionTimestamp !== undefined) return undefined
  const missingSecrets = await findMissing(client, config, listSecrets(config.spec))
  const runs = caches.runs.getByIndex(indexes.config, key).map(({ metadata, status }) => {
    return { createdAt: metadata.creationTimestamp ?? '', phase: status?.phase }
  })
  const status = foldConfigStatus({ config, runs, missingSecrets, now: clock.now() })
  return applyStatus<PipelineConfig>(client, resourceTypes.pipelineConfig, { object: config, status, missingSecrets })
}

/** Status of a RepositoryConnection; gives back when to look again. */
export async function reconcileConnection(deps: ConfigDeps, key: string): Promise<number | undefined> {
  const { caches, client, clock } = deps
  const connection = caches.connections.get(toObjectKey(key))
  if (connection === undefined || connection.metadata.deletionTimestamp !== undefined) return undefined
  const missingSecrets = await findMissing(client, connection, listConnectionSecrets(connection))
  const { pipelineConfigRef: name } = connection.spec
  const { namespace = '' } = connection.metadata
  const hasConfig = name === undefined || caches.configs.get({ namespace, name }) !== undefined
  const status = foldConnectionStatus({ connection, missingSecrets, hasConfig, now: clock.now() })
  const change = { object: connection, status, missingSecrets }
  return applyStatus<RepositoryConnection>(client, resourceTypes.repositoryConnection, change)
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

interface StatusChange<T extends KubeObject & { readonly status?: object }> {
  readonly object: T
  readonly status: object
  readonly missingSecrets: readonly string[]
}

async function applyStatus<T extends KubeObject & { readonly status?: object }>(
  client: KubeClient,
  type: ResourceType,
  { object, status, missingSecrets }: StatusChange<T>,
): Promise<number> {
  if (!isSameJson(status, object.status)) {
    const { name = '', namespace = '', resourceVersion = '' } = object.metadata
    const kind = { apiVersion: `${type.group}/${type.version}`, kind: type.kind }
    const body: KubeObject & { status: object } = { ...kind, metadata: { name, namespace, resourceVersion }, status }
    try {
      await client.apply(type, body, { subresource: 'status', force: true })
    } catch (error) {
      if (isNotFound(error)) return recheckMs
      if (isConflict(error)) return conflictRetryMs
      throw error
    }
  }
  return missingSecrets.length > 0 ? recheckMissingMs : recheckMs
}
