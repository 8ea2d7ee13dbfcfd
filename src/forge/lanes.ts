import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { Lane } from '../kube/queue-state.ts'
import { parseRepository } from '../lib/repository.ts'

/**
 * Keys that each part of the forge side works on at once. Nearly all of it is waiting for a forge, and one that hangs holds a
 * worker for ten seconds: what one host, and one namespace with many hosts, can hold leaves workers for the others.
 */
export const forgeWorkers = 32
const workersOfHost = 4
const workersOfNamespace = 8

/** Which forge a key has to wait for, and whose it is. */
export function toForgeLanes(namespace: string, forgeURL: string): readonly Lane[] {
  const parsed = parseRepository(forgeURL)
  const host = 'url' in parsed ? parsed.url.host.toLowerCase() : ''
  return [
    { name: `namespace ${namespace}`, workers: workersOfNamespace },
    { name: `host ${host}`, workers: workersOfHost },
  ]
}

/** Of a connection; of one that is gone there is nothing to wait for. */
export function toConnectionLanes(connection: RepositoryConnection | undefined): readonly Lane[] {
  if (connection === undefined) return []
  const { metadata, spec } = connection
  return toForgeLanes(metadata.namespace ?? '', spec.apiURL ?? spec.repository)
}
