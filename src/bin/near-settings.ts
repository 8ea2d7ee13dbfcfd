import { labels, systemNamespace } from '../../crds/labels.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { createPolicyReader } from '../../webhooks/policy-reader.ts'
import { findPolicyName, keepLabels } from '../../webhooks/setting.ts'
import { indexByLabel } from '../kube/indexes.ts'
import { createInformer, type Informer, type InformerOptions } from '../kube/informer.ts'
import type { ConfigMap, KubeObject } from '../lib/kubernetes.ts'
import type { LimitRange } from '../lib/limit-range.ts'
import { resourceTypes } from '../lib/resource-types.ts'

export interface WatchedSettings {
  readonly near: Pick<NearObjects, 'findSetting' | 'listLimitRanges'>
  readonly informers: readonly Informer<KubeObject>[]
  readonly namespaces: Informer<KubeObject>
}

type Watching = Pick<InformerOptions<KubeObject>, 'source' | 'timers' | 'onFault'>

/** What is set for namespaces: their labels, the policies of c8s-system and their LimitRanges, as watches tell them. */
export function watchSettings(
  watching: Watching,
  isCurrent: (informer: Informer<KubeObject>) => boolean,
): WatchedSettings {
  const namespaces = createInformer<KubeObject>({ ...watching, type: resourceTypes.namespace, transform: keepLabels })
  const policies = createInformer<ConfigMap>({
    ...watching,
    type: resourceTypes.configMap,
    select: { namespace: systemNamespace, labelSelector: labels.policy },
    indexes: { policy: indexByLabel(labels.policy) },
  })
  const limitRanges = createInformer<LimitRange>({
    ...watching,
    type: resourceTypes.limitRange,
    indexes: { namespace: ({ metadata }) => [metadata.namespace ?? ''] },
  })
  const informers = [namespaces, policies, limitRanges]
  const read = createPolicyReader()
  const listLimitRanges = (namespace: string) =>
    isCurrent(limitRanges) ? limitRanges.getByIndex('namespace', namespace) : undefined
  return {
    informers,
    namespaces,
    near: {
      listLimitRanges,
      findSetting: (namespace) => {
        const found = namespaces.get({ name: namespace })
        if (found === undefined || !informers.every(isCurrent)) return undefined
        const name = findPolicyName(found.metadata.labels ?? {})
        const policy = name === undefined ? undefined : read(name, policies.getByIndex('policy', name))
        return {
          namespace,
          limitRanges: limitRanges.getByIndex('namespace', namespace),
          ...(policy === undefined ? {} : { policy }),
        }
      },
    },
  }
}
