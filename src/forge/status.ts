import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { Condition } from '../../crds/parts/condition.ts'
import type { RepositoryConnectionStatus } from '../../crds/repository-connection.ts'
import { toId, toKey } from '../kube/cache.ts'
import type { Informer } from '../kube/informer.ts'
import { isNotFound } from '../kube/kube-error.ts'
import type { KubeWriter } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Log } from '../lib/log.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { createWriteBehind, type WriteBehind } from './write-behind.ts'

/** Owns what a forge told of a connection, and what c8s served of a config's wishes. */
export const forgeFieldManager = 'c8s-forge'

/** Types of the conditions of a connection that are the forge side's; all others are the controller's. */
const forgeConditions = ['WebhookRegistered', 'HeadsListed'] as const
export type ForgeCondition = Condition & { readonly type: (typeof forgeConditions)[number] }

/** The part of a connection's status that belongs to the forge side, all of it: what is left out is removed. */
export interface ForgeFields
  extends Pick<
    RepositoryConnectionStatus,
    'webhookURL' | 'webhookRegistered' | 'lastEvent' | 'deliveries' | 'heads' | 'headsOf'
  > {
  readonly conditions?: readonly ForgeCondition[]
}

/**
 * One writer for all parts, because server-side apply removes what a manager leaves out. Holds the newest fields in
 * memory, begins with those of the cache, and writes at most once a second for each connection.
 */
export interface ConnectionStatusWriter {
  /** Never throws, never waits. The change sees the newest fields, written or not. Of a connection that is gone nothing is kept. */
  update(connection: RepositoryConnection, change: (fields: ForgeFields) => ForgeFields): void
  /** The newest fields, written or not. */
  read(connection: RepositoryConnection): ForgeFields
  /** Tries once to write what is waiting; for the end of the process. */
  drain(): Promise<void>
}

export interface ConnectionStatusDeps {
  readonly client: Pick<KubeWriter, 'apply'>
  readonly connections: Pick<Informer<RepositoryConnection>, 'get' | 'onChange'>
  readonly timers: Timers
  readonly log: Log
}

/** Between two writes of one connection's status. */
const gapMs = 1000

export function createConnectionStatus(deps: ConnectionStatusDeps): ConnectionStatusWriter {
  const open = new Map<string, WriteBehind<ForgeFields>>()
  deps.connections.onChange(({ kind, object }) => {
    if (kind !== 'removed') return
    open.get(toUid(object))?.drop()
    open.delete(toUid(object))
  })
  return {
    update(connection, change) {
      // A part may have been at work while the connection went, and nobody would ever drop what it tells now.
      const newest = findNewest(deps, connection)
      if (newest === undefined) return
      const fields = open.get(toUid(newest)) ?? createFields(deps, newest)
      open.set(toUid(connection), fields)
      fields.set(change(fields.read()))
    },
    read(connection) {
      return open.get(toUid(connection))?.read() ?? pickForgeFields(findNewest(deps, connection)?.status)
    },
    async drain() {
      await Promise.all([...open.values()].map((fields) => fields.flush()))
    },
  }
}

/** What of a connection's status belongs to the forge side. */
export function pickForgeFields(status: RepositoryConnectionStatus = {}): ForgeFields {
  const { webhookURL, webhookRegistered, lastEvent, deliveries, heads, headsOf } = status
  const conditions = (status.conditions ?? []).filter(isForgeCondition)
  const all = { webhookURL, webhookRegistered, lastEvent, deliveries, heads, headsOf }
  const given = Object.entries(all).filter(([, value]) => value !== undefined)
  return { ...(Object.fromEntries(given) as ForgeFields), ...(conditions.length === 0 ? {} : { conditions }) }
}

function isForgeCondition(condition: Condition): condition is ForgeCondition {
  return forgeConditions.some((type) => type === condition.type)
}

/** The caller may have held the object for a while; undefined where it is gone, and maybe another has its name. */
function findNewest(
  { connections }: ConnectionStatusDeps,
  connection: RepositoryConnection,
): RepositoryConnection | undefined {
  const cached = connections.get(toKey(connection))
  return cached !== undefined && toUid(cached) === toUid(connection) ? cached : undefined
}

function createFields({ client, timers, log }: ConnectionStatusDeps, connection: RepositoryConnection) {
  const options = { subresource: 'status', force: true, fieldManager: forgeFieldManager } as const
  return createWriteBehind<ForgeFields>({
    initial: pickForgeFields(connection.status),
    timers,
    gapMs,
    write: async (fields) => {
      try {
        await client.apply(resourceTypes.repositoryConnection, renderStatus(connection, fields), options)
      } catch (error) {
        // The connection is gone, and what was to be told of it with it.
        if (!isNotFound(error)) throw error
      }
    },
    onFault: (error, failures) => {
      // Not each: an outage of the API server would fill the log.
      if (!Number.isInteger(Math.log2(failures))) return
      log.warn({ err: error, connection: toId(toKey(connection)), failures }, 'status of a connection was not written')
    },
  })
}

/** With a uid: a connection made anew under the name is a Conflict, until the cache tells that the old one is gone. */
function renderStatus(connection: RepositoryConnection, status: ForgeFields): RepositoryConnection {
  const { group, version, kind } = resourceTypes.repositoryConnection
  const { name = '', namespace = '' } = connection.metadata
  const metadata = { name, namespace, uid: toUid(connection) }
  // Only the status is sent: spec belongs to others.
  return { apiVersion: `${group}/${version}`, kind, metadata, status } as unknown as RepositoryConnection
}

function toUid({ metadata }: RepositoryConnection): string {
  return metadata.uid ?? ''
}
