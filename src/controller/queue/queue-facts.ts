import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Amounts } from '../../engine/queue/demand.ts'
import type { QueueFacts, WaitingRun } from '../../engine/queue/grant.ts'
import { type Holding, listCounting, toQuotaDomain, toTeamDomain, toTeamId } from '../../engine/queue/quota-domains.ts'
import { findShare } from '../../engine/queue/share.ts'
import { measureStepOf } from './holdings.ts'
import { listQuotas, type QuotaCaches, type Scope } from './quota-caches.ts'

/** A run and those of its steps that have no room yet. */
export interface Asking {
  readonly key: string
  readonly run: PipelineRun
  readonly steps: readonly string[]
}

interface Known {
  readonly quotas: QuotaCaches
  readonly holdings: readonly Holding[]
  /** What others than steps have held for a while, of what they hold now. */
  readonly foreign: (id: string, now: Amounts) => Amounts
}

/** One queue as data. */
export function toQueueFacts(
  scope: Scope,
  asking: readonly Asking[],
  { quotas, holdings, foreign }: Known,
): QueueFacts {
  const { namespaces, teamQuotas } = scope
  const own = namespaces.flatMap((namespace) => listQuotas(quotas, namespace))
  const started = new Set(holdings.map(({ runUid }) => runUid))
  const shares = Map.groupBy(holdings, ({ share }) => share)
  return {
    domains: [
      ...own.map((quota) => toQuotaDomain(quota, holdings, foreign)),
      ...teamQuotas.map((quota) => toTeamDomain(quota, holdings)),
    ],
    held: new Map([...shares].map(([share, all]) => [share, all.length])),
    runs: asking.map((each) => toWaiting(scope, each, { quotas, started })),
  }
}

function toWaiting(
  { teamQuotas }: Scope,
  { run, key, steps }: Asking,
  { quotas, started }: { readonly quotas: QuotaCaches; readonly started: ReadonlySet<string> },
): WaitingRun {
  const { metadata, spec } = run
  const { queueName, priority } = spec.plan ?? {}
  const own = queueName === undefined ? listQuotas(quotas, metadata.namespace ?? '') : []
  const counting = listCounting(own, priority?.className)
  return {
    id: key,
    domains: [...counting, ...teamQuotas.map(({ name }) => toTeamId(name))],
    priority: priority?.value ?? 0,
    hasStarted: hasStarted(run, started),
    share: findShare(run),
    createdAt: Date.parse(metadata.creationTimestamp ?? '') || 0,
    steps: steps.map((name) => ({ name, demand: measureOf(run, name) })),
  }
}

function hasStarted({ metadata, status }: PipelineRun, started: ReadonlySet<string>): boolean {
  return status?.startTime !== undefined || started.has(metadata.uid ?? '')
}

/** What a step of the run will count. */
export function measureOf({ spec: { plan } }: PipelineRun, step: string): Amounts {
  return plan === undefined ? new Map() : measureStepOf(plan, step)
}
