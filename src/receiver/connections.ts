import type { RepositoryConnection } from '../../crds/kinds.ts'
import { toRepositoryKey } from '../forge/register/repository-key.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import type { KubeWatcher } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Provider } from '../lib/forge-event.ts'
import { resourceTypes } from '../lib/resource-types.ts'

export interface ConnectionSource {
  readonly source: KubeWatcher
  readonly timers: Timers
  readonly onFault: (error: unknown) => void
}

/** Connections by what deliveries say of their repository. */
export interface Connections {
  readonly informer: Informer<RepositoryConnection>
  /** Those of the provider whose repository is among the URLs, of all namespaces. */
  find(provider: Provider, urls: readonly string[]): readonly RepositoryConnection[]
  /** Any of the provider: for deliveries that name no repository, as the ping of some forges. */
  findAny(provider: Provider): readonly RepositoryConnection[]
}

/** How many connections of one repository are asked. */
const mostCandidates = 50

/** Follows the connections of all namespaces, without their status, which may be large. */
export function createConnections({ source, timers, onFault }: ConnectionSource): Connections {
  const informer = createInformer<RepositoryConnection>({
    source,
    type: resourceTypes.repositoryConnection,
    timers,
    onFault,
    transform: ({ apiVersion = '', kind = '', metadata, spec }) => {
      const { name = '', namespace = '', uid = '', resourceVersion = '', generation = 0 } = metadata
      const { creationTimestamp = '', deletionTimestamp } = metadata
      const kept = { name, namespace, uid, resourceVersion, generation, creationTimestamp }
      return {
        apiVersion,
        kind,
        metadata: deletionTimestamp === undefined ? kept : { ...kept, deletionTimestamp },
        spec,
      }
    },
    indexes: {
      repository: ({ spec }) => [toRepositoryKey(spec.provider, spec.repository)],
      provider: ({ spec }) => [spec.provider],
    },
  })
  return {
    informer,
    find: (provider, urls) => {
      const keys = new Set(urls.map((url) => toRepositoryKey(provider, url)))
      return choose([...keys].flatMap((key) => informer.getByIndex('repository', key)))
    },
    findAny: (provider) => choose(informer.getByIndex('provider', provider)),
  }
}

/** The oldest of each namespace, then the second of each, and so on: nobody fills the list before others have come. */
function choose(found: readonly RepositoryConnection[]): readonly RepositoryConnection[] {
  const living = found.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const sorted = living.map((connection) => ({ connection, age: toAge(connection) })).sort(byAge)
  const before = new Map<string, number>()
  const ranked = sorted.map(({ connection }) => {
    const { namespace = '' } = connection.metadata
    const rank = before.get(namespace) ?? 0
    before.set(namespace, rank + 1)
    return { connection, rank }
  })
  // A stable sort: those of one rank stay in the order of their ages.
  const chosen = ranked.sort((a, b) => a.rank - b.rank).slice(0, mostCandidates)
  return chosen.map(({ connection }) => connection)
}

function byAge(a: { readonly age: string }, b: { readonly age: string }): number {
  return a.age < b.age ? -1 : 1
}

/** A text that sorts by age, then by name. */
function toAge({ metadata: { creationTimestamp = '', namespace = '', name = '' } }: RepositoryConnection): string {
  return `${creationTimestamp} ${namespace}/${name}`
}
