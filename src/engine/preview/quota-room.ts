import type { ResourceQuota } from '../../lib/kubernetes.ts'
import { formatQuantity } from '../../lib/quantity.ts'
import type { Amounts } from '../queue/demand.ts'
import type { TeamQuota } from '../queue/quota-domains.ts'

/** What a quota lets have in all, and how much of it is taken, by the names that ResourceQuotas use. */
export interface QuotaRoom {
  /** As the lines call it after "quota". */
  readonly title: string
  readonly hard: Readonly<Record<string, string>>
  readonly used: Readonly<Record<string, string>>
  /** How many runs stand in its queue; undefined where nobody knows. */
  readonly waiting?: number | undefined
}

/** The quotas of the team of the run's namespace, and what all its namespaces take of them. */
export interface TeamRoom {
  readonly quotas: readonly TeamQuota[]
  readonly used: Amounts
  readonly waiting: number
}

export function toQuotaRoom({ metadata, spec, status }: ResourceQuota, waiting: number | undefined): QuotaRoom {
  return { title: metadata.name ?? '', hard: spec?.hard ?? {}, used: status?.used ?? {}, waiting }
}

export function toTeamRooms({ quotas, used, waiting }: TeamRoom): readonly QuotaRoom[] {
  const told = Object.fromEntries(
    [...used].map(([name, amount]) => [name, formatQuantity(amount, name.endsWith('memory') ? 'binary' : 'decimal')]),
  )
  return quotas.map(({ name, team, hard }) => ({ title: `${name} of team ${team}`, hard, used: told, waiting }))
}
