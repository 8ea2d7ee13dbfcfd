import { labels, systemNamespace } from '../../crds/labels.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { findTeam, rejectsWaiting, toTeamQuota } from '../../webhooks/queueing.ts'
import { indexByLabel } from '../kube/indexes.ts'
import { createInformer, type Informer, type InformerOptions } from '../kube/informer.ts'
import type { ConfigMap, KubeObject, PriorityClass } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'

export interface WatchedQueueing {
  readonly near: Pick<NearObjects, 'findQueueing'>
  readonly informers: readonly Informer<KubeObject>[]
}

interface Known {
  readonly namespaces: Informer<KubeObject>
  readonly isCurrent: (informer: Informer<KubeObject>) => boolean
}

/** How runs of namespaces wait: the quotas of teams and the PriorityClasses, as watches tell them. */
export function watchQueueing(
  watching: Pick<InformerOptions<KubeObject>, 'source' | 'timers' | 'onFault'>,
  { namespaces, isCurrent }: Known,
): WatchedQueueing {
  const teamQuotas = createInformer<ConfigMap>({
    ...watching,
    type: resourceTypes.configMap,
    select: { namespace: systemNamespace, labelSelector: labels.teamQuota },
    indexes: { team: indexByLabel(labels.teamQuota) },
  })
  const classes = createInformer<PriorityClass>({ ...watching, type: resourceTypes.priorityClass })
  const findQueueing = (namespace: string) => {
    const found = namespaces.get({ name: namespace })
    if (found === undefined || ![namespaces, teamQuotas, classes].every(isCurrent)) return undefined
    const team = findTeam(found)
    return {
      rejects: rejectsWaiting(found),
      teamQuotas: team === undefined ? [] : teamQuotas.getByIndex('team', team).map(toTeamQuota),
      priorityClasses: classes.list(),
    }
  }
  return { near: { findQueueing }, informers: [teamQuotas, classes] }
}
