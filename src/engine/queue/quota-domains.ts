import type { ResourceQuota } from '../../lib/kubernetes.ts'
import { parseQuantity, type Quantity } from '../../lib/quantity.ts'
import { type Amounts, jobName, measureStep } from './demand.ts'
import type { Domain } from './domain.ts'
import { countsSteps } from './quota-scope.ts'

/** A step that has room: its pod is there, or it was let through and is about to be. */
export interface Holding {
  readonly namespace: string
  readonly share: string
  readonly runUid: string
  readonly priorityClass?: string | undefined
  /** What of it the API server has counted, since it can be seen. */
  readonly counted: Amounts
  /** What of it is still to come. */
  readonly pending: Amounts
}

/** What quotas may limit that steps ask for. */
const stepResources: ReadonlySet<string> = new Set(measureStep({ clones: false }).keys())
/** Objects that have ended count here too, so that what is used says nothing about others. */
const countsEnded = (name: string) => name.startsWith('count/')

/** Whether a quota says anything about what steps ask for. */
export function limitsSteps({ spec }: ResourceQuota): boolean {
  return Object.keys(spec?.hard ?? {}).some((name) => stepResources.has(name))
}

function toQuotaId({ metadata: { namespace = '', name = '' } }: ResourceQuota): string {
  return `quota ${namespace}/${name}`
}

/** Ids of the quotas that count the steps of a run. */
export function listCounting(quotas: readonly ResourceQuota[], priorityClass: string | undefined): readonly string[] {
  return quotas.filter((quota) => countsSteps(quota, priorityClass)).map(toQuotaId)
}

/**
 * A ResourceQuota as a domain. What it says is used may be a moment old, so it counts at least what can be seen, and
 * what is still to come. `foreign` is told what others hold now, and answers what they have held for a while.
 */
export function toQuotaDomain(
  quota: ResourceQuota,
  holdings: readonly Holding[],
  foreign: (id: string, now: Amounts) => Amounts,
): Domain {
  const { namespace, name = '' } = quota.metadata
  const own = holdings.filter((each) => each.namespace === namespace && countsSteps(quota, each.priorityClass))
  const hard = readAmounts(quota.status?.hard ?? quota.spec?.hard)
  const told = readAmounts(quota.status?.used)
  const used = new Map<string, Quantity>()
  const others = new Map<string, Quantity>()
  for (const resource of hard.keys()) {
    const seen = addUp(own, 'counted', resource)
    const count = told.get(resource) ?? 0n
    used.set(resource, (count > seen ? count : seen) + addUp(own, 'pending', resource))
    if (!countsEnded(resource) && count > seen) others.set(resource, count - seen)
  }
  const id = toQuotaId(quota)
  return { id, title: `ResourceQuota "${name}"`, hard, used, foreign: foreign(id, others) }
}

export interface TeamQuota {
  readonly name: string
  readonly team: string
  readonly hard: Readonly<Record<string, string>>
}

/** The quota of a team counts the steps of runs in all namespaces of the team, and nothing else. */
export function toTeamDomain({ name, team, hard }: TeamQuota, holdings: readonly Holding[]): Domain {
  const most = readAmounts(hard)
  const used = new Map(
    [...most.keys()].map((resource) => [
      resource,
      addUp(holdings, 'counted', resource) + addUp(holdings, 'pending', resource),
    ]),
  )
  return { id: toTeamId(name), title: nameTeamQuota(team), hard: most, used }
}

export function toTeamId(name: string): string {
  return `team-quota ${name}`
}

export function nameTeamQuota(team: string): string {
  return `the quota of team "${team}"`
}

function readAmounts(texts: Readonly<Record<string, string>> = {}): Amounts {
  return new Map(
    Object.entries(texts).flatMap(([name, text]) => {
      const amount = stepResources.has(name) ? parseQuantity(text) : undefined
      return amount === undefined ? [] : [[name, amount]]
    }),
  )
}

function addUp(holdings: readonly Holding[], part: 'counted' | 'pending', resource: string): Quantity {
  return holdings.reduce((sum, holding) => sum + (holding[part].get(resource) ?? 0n), 0n)
}

/** Without the Job, which is there already. */
export function withoutJob(demand: Amounts): Amounts {
  return new Map([...demand].filter(([name]) => name !== jobName))
}

export const nothing: Amounts = new Map()
