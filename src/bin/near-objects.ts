import type { PipelineConfig, RepositoryConnection } from '../../crds/kinds.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { createInformer, type Informer } from '../kube/informer.ts'
import type { KubeWatcher } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { KubeObject, ResourceQuota, ResourceType } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { isCurrent } from './current-informer.ts'
import { watchQueue } from './near-queue.ts'
import { watchQueueing } from './near-queueing.ts'
import { watchRuns } from './near-runs.ts'
import { watchSettings } from './near-settings.ts'

export interface WatchedObjects {
  readonly near: NearObjects
  start(): void
  stop(): Promise<void>
}

export interface NearOptions {
  readonly source: KubeWatcher
  readonly timers: Timers
  readonly onFault: (error: unknown) => void
}

/** What admission answers from at first, as watches tell it: configs, connections, quotas and what is set for namespaces. */
export function createNearObjects({ source, timers, onFault }: NearOptions): WatchedObjects {
  const watch = <T extends KubeObject>(type: ResourceType): Informer<T> =>
    createInformer<T>({ source, type, timers, onFault, indexes: { namespace: toNamespace } })
  const runs = watchRuns({ source, timers, onFault })
  const configs = watch<PipelineConfig>(resourceTypes.pipelineConfig)
  const connections = watch<RepositoryConnection>(resourceTypes.repositoryConnection)
  const quotas = watch<ResourceQuota>(resourceTypes.resourceQuota)
  const settings = watchSettings({ source, timers, onFault }, isCurrent)
  const queueing = watchQueueing({ source, timers, onFault }, { namespaces: settings.namespaces, isCurrent })
  const informers = [configs, connections, quotas, runs.runs, ...settings.informers, ...queueing.informers]
  const listIn = <T extends KubeObject>(informer: Informer<T>, namespace: string) =>
    isCurrent(informer) ? informer.getByIndex('namespace', namespace) : undefined
  return {
    near: {
      ...runs.near,
      findConfig: (namespace, name) => (isCurrent(configs) ? configs.get({ namespace, name }) : undefined),
      listConnections: (namespace) => listIn(connections, namespace),
      listQuotas: (namespace) => listIn(quotas, namespace),
      ...settings.near,
      ...queueing.near,
      ...watchQueue({ runs: runs.runs, namespaces: settings.namespaces, isCurrent }),
    },
    start: () => {
      for (const informer of informers) informer.start()
    },
    stop: async () => {
      await Promise.all(informers.map((informer) => informer.stop()))
    },
  }
}

function toNamespace({ metadata }: KubeObject): readonly string[] {
  return metadata.namespace === undefined ? [] : [metadata.namespace]
}
