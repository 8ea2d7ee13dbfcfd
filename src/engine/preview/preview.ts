import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Plan } from '../../../crds/pipeline-run.ts'
import { listFinallySteps, listMainSteps } from '../../../crds/planned-steps.ts'
import type { ResourceQuota } from '../../lib/kubernetes.ts'
import type { Quantity } from '../../lib/quantity.ts'
import { describeWithheld, findWithheldNeed } from '../approval.ts'
import { type Estimate, estimateRun, type Prices, type UsualSeconds } from './estimate.ts'
import { judgeQuotas, type QuotaOutlook } from './outlook.ts'
import { type QuotaRoom, type TeamRoom, toQuotaRoom, toTeamRooms } from './quota-room.ts'
import { previewStep, type StepPreview } from './step-preview.ts'
import { findWidest, type Load } from './widest.ts'

export interface PreviewFacts {
  /** As it would be stored, its plan frozen. */
  readonly run: PipelineRun
  /** Those that count pods of steps. */
  readonly quotas: readonly ResourceQuota[]
  readonly prices?: Prices | undefined
  /** How long earlier runs of the config took. */
  readonly usual?: UsualSeconds | undefined
  /** How many runs wait for room there now. */
  readonly waiting?: number | undefined
  readonly team?: TeamRoom | undefined
}

/** What is asked for at one moment at most. */
interface Widest {
  readonly cpu: Quantity
  readonly memory: Quantity
  readonly pods: Quantity
}

export interface Preview {
  readonly steps: readonly StepPreview[]
  readonly plan: Plan
  readonly widest: Widest
  readonly quotas: readonly QuotaOutlook[]
  readonly waiting?: number | undefined
  /** What a person must say before anything starts. */
  readonly approval?: string | undefined
  readonly estimate: Estimate
}

/** What the run would do, told from what is known now; undefined for a run without a plan. */
export function previewRun(facts: PreviewFacts): Preview | undefined {
  const { run, prices, usual, waiting } = facts
  const { plan } = run.spec
  if (plan === undefined) return undefined
  const steps = [
    ...listMainSteps(plan).map((step) => previewStep(run, step, false)),
    ...listFinallySteps(plan).map((step) => previewStep(run, step, true)),
  ]
  const limits = findParallelLimits(plan)
  const measureWidest = (name: string) =>
    findWidestOf(steps, name, plan.matrixDimensions === undefined ? limits : undefined)
  const withheld = findWithheldNeed(run)
  return {
    steps,
    plan,
    widest: {
      cpu: measureWidest('requests.cpu'),
      memory: measureWidest('requests.memory'),
      pods: measureWidest('pods'),
    },
    quotas: judgeQuotas({ steps, quotas: listRooms(facts), measureWidest }),
    waiting,
    approval: withheld === undefined ? undefined : describeWithheld(run, withheld),
    estimate: estimateRun({ steps, plan, prices, usual, measureWidest, roundsOf: countRounds(steps, limits) }),
  }
}

/** The quota of a team comes last. */
function listRooms({ quotas, waiting, team }: PreviewFacts): readonly QuotaRoom[] {
  return [...quotas.map((quota) => toQuotaRoom(quota, waiting)), ...(team === undefined ? [] : toTeamRooms(team))]
}

/** How many legs of a step may run at once. */
type ParallelLimits = ReadonlyMap<string, number>

function findParallelLimits({ steps, finally: last = [] }: Plan): ParallelLimits {
  const limits = [...steps, ...last].flatMap(({ name, matrix }) =>
    matrix?.maxParallel === undefined ? [] : [[name, matrix.maxParallel] as const],
  )
  return new Map(limits)
}

/** How many times as long as one leg all legs of a step take, where only so many may run at once. */
function countRounds(steps: readonly StepPreview[], limits: ParallelLimits): (step: StepPreview) => number {
  const legs = Map.groupBy(steps, toStepName)
  return (step) => {
    const name = toStepName(step)
    const limit = limits.get(name)
    return limit === undefined ? 1 : Math.ceil((legs.get(name)?.length ?? 1) / limit)
  }
}

function toStepName({ name, of }: StepPreview): string {
  return of ?? name
}

/** Finally steps run when all others have ended, side by side. */
function findWidestOf(steps: readonly StepPreview[], name: string, limits: ParallelLimits | undefined): Quantity {
  const widest = (isFinal: boolean) => {
    const chosen = steps.filter((step) => step.isFinal === isFinal)
    return findWidest(toLoads(chosen, name, limits))
  }
  const [before, last] = [widest(false), widest(true)]
  return before > last ? before : last
}

/**
 * The legs of a step's own matrix need the same and are needed together, so they are one load and a large matrix has few
 * edges. Legs of the pipeline's matrix depend on single legs: each is a load of its own, and maxParallel is not seen.
 */
function toLoads(steps: readonly StepPreview[], name: string, limits: ParallelLimits | undefined): readonly Load[] {
  const toGroup = (step: StepPreview) => (limits === undefined ? step.name : toStepName(step))
  const groups = Map.groupBy(steps, toGroup)
  const groupOf = new Map(steps.map((step) => [step.name, toGroup(step)]))
  return [...groups].map(([group, members]) => {
    const amounts = members.map((step) => step.amounts.get(name) ?? 0n).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0))
    return {
      name: group,
      needs: (members[0]?.needs ?? []).flatMap((need) => groupOf.get(need) ?? []),
      amount: amounts.slice(0, limits?.get(group)).reduce((sum, amount) => sum + amount, 0n),
    }
  })
}
