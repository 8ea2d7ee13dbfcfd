import { labels, systemNamespace } from '../crds/labels.ts'
import type { TeamQuota } from '../src/engine/queue/quota-domains.ts'
import type { ConfigMap, KubeObject, PriorityClass } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import type { FactNeeds, Facts } from './facts.ts'
import type { Round } from './gather.ts'
import { findTeam, rejectsWaiting, toTeamQuota } from './queueing.ts'

/** How runs of the namespace wait: from what watches know, or by live reads. */
export async function readQueueing(
  round: Round,
  wanted: NonNullable<FactNeeds['queueing']>,
): Promise<Pick<Facts, 'queueing' | 'isQueueingLive'>> {
  const near = wanted === 'near' ? round.findNear((objects, namespace) => objects.findQueueing(namespace)) : undefined
  if (near !== undefined) return { queueing: near }
  const { source, namespace, once } = round
  const [found, classes] = await Promise.all([
    once('namespace', () => source.get<KubeObject>(resourceTypes.namespace, { name: namespace })),
    once('priorityclasses', () => source.list<PriorityClass>(resourceTypes.priorityClass)),
  ])
  const team = found === undefined ? undefined : findTeam(found)
  return {
    queueing: {
      rejects: found !== undefined && rejectsWaiting(found),
      teamQuotas: team === undefined ? [] : await listTeamQuotas(round, team),
      priorityClasses: classes.items,
    },
    isQueueingLive: true,
  }
}

async function listTeamQuotas({ source, once }: Round, team: string): Promise<readonly TeamQuota[]> {
  const select = { namespace: systemNamespace, labelSelector: `${labels.teamQuota}=${team}` }
  const found = await once(`team-quota/${team}`, () => source.list<ConfigMap>(resourceTypes.configMap, select))
  return found.items.map(toTeamQuota)
}
