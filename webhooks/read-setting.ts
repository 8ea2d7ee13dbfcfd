import { labels, stepsNetworkPolicy, systemNamespace } from '../crds/labels.ts'
import { readPolicy } from '../crds/policy/read.ts'
import type { PolicyReading } from '../crds/policy/terms.ts'
import type { ConfigMap, KubeObject } from '../src/lib/kubernetes.ts'
import type { LimitRange } from '../src/lib/limit-range.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import type { FactNeeds, Facts } from './facts.ts'
import type { Round } from './gather.ts'
import { findPolicyName } from './setting.ts'

type NamespaceLabels = Readonly<Record<string, string>>

/**
 * For a Job live: what it may do is decided here for the last time. Its LimitRanges may be as a watch has them, since the
 * API server judges the pod by them itself.
 */
export async function readSetting(
  round: Round,
  wanted: NonNullable<FactNeeds['setting']>,
  readLabels: () => Promise<NamespaceLabels>,
): Promise<Pick<Facts, 'setting' | 'isSettingLive'>> {
  const { namespace } = round
  const near = wanted === 'near' ? round.findNear((objects) => objects.findSetting(namespace)) : undefined
  if (near !== undefined) return { setting: near }
  const [policy, limitRanges] = await Promise.all([readLivePolicy(round, readLabels), listLimitRanges(round)])
  const needsNetworkPolicy = policy?.kind === 'usable' && policy.policy.egress !== undefined
  const hasNetworkPolicy = needsNetworkPolicy && wanted === 'live' ? await findNetworkPolicy(round) : undefined
  return {
    setting: {
      namespace,
      limitRanges,
      ...(policy === undefined ? {} : { policy }),
      ...(hasNetworkPolicy === undefined ? {} : { hasNetworkPolicy }),
    },
    isSettingLive: true,
  }
}

async function readLivePolicy(
  { source, once }: Round,
  readLabels: () => Promise<NamespaceLabels>,
): Promise<PolicyReading | undefined> {
  const name = findPolicyName(await readLabels())
  if (name === undefined) return undefined
  const select = { namespace: systemNamespace, labelSelector: `${labels.policy}=${name}` }
  const found = await once(`policy/${name}`, () => source.list<ConfigMap>(resourceTypes.configMap, select))
  return readPolicy(name, found.items)
}

async function listLimitRanges({ source, namespace, once, findNear }: Round): Promise<readonly LimitRange[]> {
  const near = findNear((objects) => objects.listLimitRanges(namespace))
  if (near !== undefined) return near
  const found = await once('limitranges', () => source.list<LimitRange>(resourceTypes.limitRange, { namespace }))
  return found.items
}

async function findNetworkPolicy({ source, namespace, once }: Round): Promise<boolean> {
  const key = { namespace, name: stepsNetworkPolicy }
  const found = await once('networkpolicy', () => source.get<KubeObject>(resourceTypes.networkPolicy, key))
  return found !== undefined
}
