import type { PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import { toGroupKey } from '../engine/concurrency/supersede.ts'
import { type Change, toId } from '../kube/cache.ts'
import { isSameJson } from '../lib/json-equal.ts'
import type { KubeObject } from '../lib/kubernetes.ts'
import { type Caches, indexes, toConfigKey } from './caches.ts'

/** Where changes go: keys of runs, of concurrency groups, of configs and of connections. */
export interface Routes {
  readonly run: (key: string) => void
  readonly group: (key: string) => void
  readonly config: (key: string) => void
  readonly connection: (key: string) => void
}

/** Wires every cache to the keys whose reconcile its changes concern. */
export function routeChanges(caches: Caches, routes: Routes): void {
  const toRunOf = (object: KubeObject) => {
    for (const run of caches.runs.getByIndex(indexes.uid, object.metadata.labels?.[labels.runUid] ?? '')) {
      routes.run(keyOf(run))
    }
  }
  caches.runs.onChange((change) => {
    routes.run(keyOf(change.object))
    for (const parent of caches.runs.getByIndex(indexes.uid, change.object.spec.parent?.uid ?? '')) {
      routes.run(keyOf(parent))
    }
    routeGroup(change, routes)
    routeConfig(change.object, routes)
  })
  caches.jobs.onChange((change) => isNews(change) && toRunOf(change.object))
  caches.pods.onChange((change) => isNews(change) && toRunOf(change.object))
  caches.jobEvents.onChange(({ object }) => {
    for (const job of caches.jobs.getByIndex(indexes.uid, object.involvedObject?.uid ?? '')) toRunOf(job)
  })
  for (const events of [caches.podEvents, caches.attachEvents, caches.sandboxEvents]) {
    events.onChange(({ object }) => {
      for (const pod of caches.pods.getByIndex(indexes.uid, object.involvedObject?.uid ?? '')) toRunOf(pod)
    })
  }
  caches.configs.onChange(({ object }) => {
    routes.config(keyOf(object))
    for (const connection of caches.connections.list()) {
      if (refersTo(connection, object)) routes.connection(keyOf(connection))
    }
  })
  caches.connections.onChange(({ object }) => routes.connection(keyOf(object)))
}

/** Half of the changes of a Job are of fields that nobody here looks at; the caches keep only those that count. */
export function isNews({ object, previous }: Change): boolean {
  if (previous === undefined) return true
  const { resourceVersion: _before, ...before } = previous.metadata
  const { resourceVersion: _after, ...after } = object.metadata
  return !isSameJson({ ...previous, metadata: before }, { ...object, metadata: after })
}

function keyOf({ metadata: { name = '', namespace = '' } }: KubeObject): string {
  return toId({ namespace, name })
}

/** A run that comes, is cancelled or approved. Its end changes nothing for the others. */
function routeGroup({ kind, object, previous }: Change<PipelineRun>, routes: Routes): void {
  const isSame = previous?.metadata.generation === object.metadata.generation
  const key = toGroupKey(object)
  if (key !== undefined && kind !== 'removed' && !isSame) routes.group(key)
}

function routeConfig(run: PipelineRun, routes: Routes): void {
  const key = toConfigKey(run)
  if (key !== '') routes.config(key)
}

function refersTo({ metadata, spec }: RepositoryConnection, config: KubeObject): boolean {
  return metadata.namespace === config.metadata.namespace && spec.pipelineConfigRef === config.metadata.name
}
