import { annotations, labels } from '../crds/labels.ts'
import type { Amounts } from '../src/engine/queue/demand.ts'
import type { TeamQuota } from '../src/engine/queue/quota-domains.ts'
import type { ConfigMap, KubeObject, PriorityClass } from '../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from './facts.ts'

/** What decides how runs of a namespace wait. */
export interface Queueing {
  /** The namespace takes no run that would have to wait at once (`c8s.dev/quota-policy: Reject`). */
  readonly rejects: boolean
  /** Of the team that the namespace belongs to. */
  readonly teamQuotas: readonly TeamQuota[]
  /** All of the cluster. */
  readonly priorityClasses: readonly PriorityClass[]
}

/** How full it is there, as far as statuses tell. Only to be told: nothing is decided by it. */
export interface QueueSight {
  /** Runs of the namespace that stand in the queue. */
  readonly waiting: number
  /** Of the team that the namespace belongs to. */
  readonly team?: TeamSight
}

export interface TeamSight {
  /** Runs of all its namespaces that stand in the queue. */
  readonly waiting: number
  /** What their steps have room for now. */
  readonly used: Amounts
}

export function rejectsWaiting({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[annotations.quotaPolicy] === 'Reject'
}

export function findTeam({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[labels.team]
}

export function toTeamQuota({ metadata, data = {} }: ConfigMap): TeamQuota {
  return { name: metadata.name ?? '', team: metadata.labels?.[labels.teamQuota] ?? '', hard: data }
}

/** The part of the needs that is not answered yet; what was read live answers everything. */
export function pickNewQueueing(wanted: FactNeeds['queueing'], facts: Facts): FactNeeds {
  const isKnown = facts.queueing !== undefined && (wanted === 'near' || facts.isQueueingLive === true)
  return wanted === undefined || isKnown ? {} : { queueing: wanted }
}
