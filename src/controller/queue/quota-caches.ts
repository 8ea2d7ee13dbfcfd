import type { PipelineRun } from '../../../crds/kinds.ts'
import { labels, systemNamespace } from '../../../crds/labels.ts'
import { limitsSteps, type TeamQuota } from '../../engine/queue/quota-domains.ts'
import { indexByLabel } from '../../kube/indexes.ts'
import { createInformer, type Informer } from '../../kube/informer.ts'
import type { ConfigMap, KubeObject, ResourceQuota } from '../../lib/kubernetes.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { CacheOptions } from '../caches.ts'
import { trimMetadata } from '../trim.ts'

export interface QuotaCaches {
  readonly quotas: Informer<ResourceQuota>
  /** ConfigMaps of c8s-system. */
  readonly teamQuotas: Informer<ConfigMap>
  /** Only those that belong to a team. */
  readonly namespaces: Informer<KubeObject>
}

const indexes = { namespace: 'namespace', team: 'team' } as const

export function createQuotaCaches(options: CacheOptions): QuotaCaches {
  return {
    quotas: createInformer<ResourceQuota>({
      ...options,
      type: resourceTypes.resourceQuota,
      transform: (quota) => ({
        metadata: trimMetadata(quota),
        ...(quota.spec === undefined ? {} : { spec: quota.spec }),
        ...(quota.status === undefined ? {} : { status: quota.status }),
      }),
      indexes: { [indexes.namespace]: (quota) => (limitsSteps(quota) ? [quota.metadata.namespace ?? ''] : []) },
    }),
    teamQuotas: createInformer<ConfigMap>({
      ...options,
      type: resourceTypes.configMap,
      select: { namespace: systemNamespace, labelSelector: labels.teamQuota },
      indexes: { [indexes.team]: indexByLabel(labels.teamQuota) },
    }),
    namespaces: createInformer<KubeObject>({
      ...options,
      type: resourceTypes.namespace,
      select: { labelSelector: labels.team },
      transform: trimNamespace,
      indexes: { [indexes.team]: indexByLabel(labels.team) },
    }),
  }
}

function trimNamespace(namespace: KubeObject): KubeObject {
  const team = namespace.metadata.labels?.[labels.team] ?? ''
  return { metadata: { ...trimMetadata(namespace), labels: { [labels.team]: team } } }
}

export function listQuotaCaches(caches: QuotaCaches): readonly Informer<KubeObject>[] {
  return Object.values(caches)
}

/** Namespaces whose runs stand in one queue, and the quotas that they share. */
export interface Scope {
  readonly key: string
  readonly namespaces: readonly string[]
  readonly teamQuotas: readonly TeamQuota[]
}

/** undefined where nothing limits the namespace: then it has no queue. */
export function findScope(caches: QuotaCaches, namespace: string): Scope | undefined {
  const team = caches.namespaces.get({ name: namespace })?.metadata.labels?.[labels.team]
  const teamQuotas = team === undefined ? [] : findTeamQuotas(caches, team)
  if (team !== undefined && teamQuotas.length > 0) {
    const members = caches.namespaces.getByIndex(indexes.team, team).map(({ metadata }) => metadata.name ?? '')
    return { key: `team ${team}`, namespaces: members, teamQuotas }
  }
  const isLimited = listQuotas(caches, namespace).length > 0
  return isLimited ? { key: `namespace ${namespace}`, namespaces: [namespace], teamQuotas: [] } : undefined
}

/**
 * The queue that a run waits in. Jobs for a queue of Kueue wait there, but for the quota of a team: nobody else holds them to that,
 * and whoever writes a pipeline chooses its queue.
 */
export function findRunScope(caches: QuotaCaches, { metadata, spec }: PipelineRun): Scope | undefined {
  const scope = findScope(caches, metadata.namespace ?? '')
  return spec.plan?.queueName !== undefined && scope?.teamQuotas.length === 0 ? undefined : scope
}

export function listQuotas(caches: QuotaCaches, namespace: string): readonly ResourceQuota[] {
  return caches.quotas.getByIndex(indexes.namespace, namespace)
}

function findTeamQuotas({ teamQuotas }: QuotaCaches, team: string): readonly TeamQuota[] {
  return teamQuotas.getByIndex(indexes.team, team).map(({ metadata, data = {} }) => {
    return { name: metadata.name ?? '', team, hard: data }
  })
}
