import { labels, systemNamespace } from '../../crds/labels.ts'
import { readPolicy } from '../../crds/policy/read.ts'
import type { PolicyReading } from '../../crds/policy/terms.ts'
import type { NearObjects } from '../../webhooks/near.ts'
import { findPolicyName } from '../../webhooks/setting.ts'
import { indexByLabel } from '../kube/indexes.ts'
import { createInformer, type Informer, type InformerOptions } from '../kube/informer.ts'
import type { ConfigMap, KubeObject } from '../lib/kubernetes.ts'
import type { LimitRange } from '../lib/limit-range.ts'
import { resourceTypes } from '../lib/resource-types.ts'

export interface WatchedSettings {
  readonly near: Pick<NearObjects, 'findSetting' | 'listLimitRanges'>
  readonly informers: readonly Informer<KubeObject>[]
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

/** There may be many namespaces, and nothing else of them is looked at. */
function keepLabels({ metadata }: KubeObject): KubeObject {
  const { name, uid, labels: own } = metadata
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(uid === undefined ? {} : { uid }),
      ...(own === undefined ? {} : { labels: own }),
    },
  }
}

/** A policy is read again only when one of its ConfigMaps is another. */
function createPolicyReader(): (name: string, configMaps: readonly ConfigMap[]) => PolicyReading {
  const known = new Map<string, { readonly of: readonly ConfigMap[]; readonly reading: PolicyReading }>()
  return (name, configMaps) => {
    const last = known.get(name)
    const isSame = last?.of.length === configMaps.length && configMaps.every((each, index) => each === last.of[index])
    if (last !== undefined && isSame) return last.reading
    const reading = readPolicy(name, configMaps)
    // A name without a ConfigMap is cheap to read, and anybody who may label a namespace can think of many.
    if (configMaps.length > 0) known.set(name, { of: configMaps, reading })
    return reading
  }
}
