import type { PipelineRun } from '../../../crds/kinds.ts'
import type { ReusedStep } from '../../../crds/parts/run-state.ts'
import type { Plan, StepStatus } from '../../../crds/pipeline-run.ts'
import { hashPlan } from '../../../crds/plan-hash.ts'
import { listMainSteps, type PlannedStep } from '../../../crds/planned-steps.ts'
import { sortGraph } from '../../lib/dag.ts'
import { omitUndefined } from '../status/rows.ts'
import { isRunFinal } from '../status/run-status.ts'

/** Why nothing of an earlier run can be taken over by a run with this plan, as the rest of a sentence; undefined where it can. */
export function findObstacle({ metadata, spec, status }: PipelineRun, plan: Plan): string | undefined {
  const name = `run "${metadata.name ?? ''}"`
  if (!isRunFinal(status?.phase)) return `${name} has not ended yet`
  if (status?.phase === 'Succeeded') return `nothing failed in ${name}`
  if (plan.workspace !== undefined)
    return `the volume that the steps of ${name} shared is gone, and their files with it`
  const before = spec.plan === undefined ? undefined : (spec.plan.hash ?? hashPlan(spec.plan))
  return before === hashPlan(plan) ? undefined : `the pipeline is not what it was in ${name}: its plan has another hash`
}

/**
 * The steps of an ended run whose results another run of the same plan takes over: those that succeeded, where what they
 * depend on is taken over too. What ran after a failure ran because of it, so it runs again; finally steps always do.
 */
export function listReused({ metadata, spec, status }: PipelineRun): readonly ReusedStep[] {
  if (spec.plan === undefined) return []
  const rows = new Map(status?.steps?.map((row) => [row.name, row]))
  const steps = new Map(listMainSteps(spec.plan).map((step) => [step.name, step]))
  const taken = new Map<string, ReusedStep>()
  const isDone = (name: string) => taken.has(name) || isPassed(steps.get(name), rows.get(name))
  const { order } = sortGraph({ nodes: () => steps.keys(), needs: (name) => steps.get(name)?.dependsOn ?? [] })
  for (const name of order) {
    const [step, row] = [steps.get(name), rows.get(name)]
    const isTakeable = row?.phase === 'Succeeded' && !isOnlyApproval(step)
    if (isTakeable && (step?.dependsOn ?? []).every(isDone)) taken.set(name, toReused(row, metadata.name ?? ''))
  }
  return [...steps.keys()].flatMap((name) => taken.get(name) ?? [])
}

/** Done without work of its own: skipped by its condition, or let go on by a person, who is asked again. */
function isPassed(step: PlannedStep | undefined, row: StepStatus | undefined): boolean {
  if (row?.phase === 'Skipped') return row.reason === 'ConditionNotMet'
  return row?.phase === 'Succeeded' && isOnlyApproval(step)
}

/** A word for one run is none for another. */
function isOnlyApproval(step: PlannedStep | undefined): boolean {
  return step?.approval !== undefined && step.image === undefined && step.pipeline === undefined
}

/** Whoever did the work first is named, over any number of runs. */
function toReused(
  { name, reason, run, jobName, podName, startTime, completionTime }: StepStatus,
  of: string,
): ReusedStep {
  const origin = reason === 'Reused' ? (run ?? of) : of
  return omitUndefined({ step: name, run: origin, jobName, podName, startTime, completionTime })
}
