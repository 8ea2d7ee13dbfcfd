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

/** How many connections of one repository are asked; the oldest, so that nobody is pushed out by new ones. */
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

function choose(found: readonly RepositoryConnection[]): readonly RepositoryConnection[] {
  return found
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => (toAge(a) < toAge(b) ? -1 : 1))
    .slice(0, mostCandidates)
}

/** A text that sorts by age, then by name. */
function toAge({ metadata: { creationTimestamp = '', namespace = '', name = '' } }: RepositoryConnection): string {
  return `${creationTimestamp} ${namespace}/${name}`
}
