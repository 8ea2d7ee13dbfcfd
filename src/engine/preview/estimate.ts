import type { Plan } from '../../../crds/pipeline-run.ts'
import { measureLongestPath } from '../../lib/dag.ts'
import type { Quantity } from '../../lib/quantity.ts'
import { makesPod, type StepPreview } from './step-preview.ts'

/** What an installation pays. */
export interface Prices {
  /** Of one CPU that is asked for, for an hour. */
  readonly cpuHour: number
  /** Of one GiB of memory that is asked for, for an hour. */
  readonly gibHour: number
  /** As it is shown behind an amount, such as EUR. */
  readonly currency: string
}

/** Seconds that earlier runs of the config took: the middle one, and nine of ten. */
export interface UsualSeconds {
  readonly p50: number
  readonly p90: number
}

/** What is asked of the cluster, over time. */
export interface Usage {
  readonly cpuHours: number
  readonly gibHours: number
  /** In the currency of the prices; absent without prices. */
  readonly cost?: number | undefined
}

export interface Estimate {
  /** Longest time, by the timeouts of steps and run; waiting for room or approval is not in it. */
  readonly mostSeconds: number
  readonly usual?: UsualSeconds | undefined
  /** If every step took its whole timeout, and all its attempts. */
  readonly most: Usage
  /** The same, scaled by how long runs usually take. */
  readonly usually?: Usage | undefined
  readonly currency?: string | undefined
}

export interface EstimateFacts {
  readonly steps: readonly StepPreview[]
  readonly plan: Plan
  readonly prices?: Prices | undefined
  readonly usual?: UsualSeconds | undefined
  /** Most that is asked for at one moment, by the name of a quota. */
  readonly measureWidest: (name: string) => Quantity
  /** How many times as long the legs of its matrix take, because only so many may run at once. */
  readonly roundsOf: (step: StepPreview) => number
}

/**
 * Two bounds, the smaller one counts: every step for its whole timeout, and the widest moment for the timeout of the run.
 * Finally steps have no run's timeout over them. Pods that the cluster loses, and runs that a step calls, come on top.
 */
export function estimateRun(facts: EstimateFacts): Estimate {
  const { steps, plan, prices, usual } = facts
  const pods = steps.filter(makesPod)
  const main = pods.filter(({ isFinal }) => !isFinal)
  const last = pods.filter(({ isFinal }) => isFinal)
  const toLength = (step: StepPreview) => toSeconds(step) * facts.roundsOf(step)
  const path = measurePath(
    steps.filter(({ isFinal }) => !isFinal),
    toLength,
  )
  const mostSeconds = Math.min(plan.timeoutSeconds, path) + Math.max(0, ...last.map(toLength))
  const toUsage = (name: string, unit: number) =>
    Math.min(sumHours(main, name, unit), toNumber(facts.measureWidest(name), unit) * (plan.timeoutSeconds / 3600)) +
    sumHours(last, name, unit)
  const most = priceUsage({ cpuHours: toUsage('requests.cpu', cpu), gibHours: toUsage('requests.memory', gib) }, prices)
  const share = usual === undefined || mostSeconds === 0 ? undefined : Math.min(1, usual.p50 / mostSeconds)
  return {
    mostSeconds,
    usual,
    most,
    usually: share === undefined ? undefined : scaleUsage(most, share),
    currency: prices?.currency,
  }
}

/** Billionths of a unit, as quantities are counted. */
const cpu = 1e9
const gib = 1e9 * 1024 ** 3

function toNumber(amount: Quantity, unit: number): number {
  return Number(amount) / unit
}

function toSeconds({ timeoutSeconds, attempts }: StepPreview): number {
  return timeoutSeconds * attempts
}

function sumHours(steps: readonly StepPreview[], name: string, unit: number): number {
  return steps.reduce((sum, step) => {
    return sum + toNumber(step.amounts.get(name) ?? 0n, unit) * (toSeconds(step) / 3600)
  }, 0)
}

function measurePath(steps: readonly StepPreview[], toLength: (step: StepPreview) => number): number {
  const byName = new Map(steps.map((step) => [step.name, step]))
  const weigh = (name: string) => {
    const step = byName.get(name)
    return step === undefined || !makesPod(step) ? 0 : toLength(step)
  }
  return measureLongestPath({ nodes: () => byName.keys(), needs: (name) => byName.get(name)?.needs ?? [] }, weigh)
}

function priceUsage(usage: Usage, prices: Prices | undefined): Usage {
  if (prices === undefined) return usage
  return { ...usage, cost: usage.cpuHours * prices.cpuHour + usage.gibHours * prices.gibHour }
}

function scaleUsage({ cpuHours, gibHours, cost }: Usage, share: number): Usage {
  return {
    cpuHours: cpuHours * share,
    gibHours: gibHours * share,
    ...(cost === undefined ? {} : { cost: cost * share }),
  }
}
