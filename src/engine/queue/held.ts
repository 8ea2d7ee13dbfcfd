import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Plan, StepStatus } from '../../../crds/pipeline-run.ts'
import { listPlannedSteps } from '../../../crds/planned-steps.ts'
import type { Quantity } from '../../lib/quantity.ts'
import type { Amounts } from './demand.ts'
import { measurePlanned } from './planned.ts'

/** Reasons of steps whose Job is there and whose pod is not. */
const podless: ReadonlySet<string> = new Set(['QuotaExceeded', 'Suspended'])

/** Whether a step has room, as its row tells: its pod is there, or about to be. */
export function holdsRoom({ phase, reason = '', jobName }: StepStatus): boolean {
  return jobName !== undefined && (phase === 'Running' || (phase === 'Pending' && !podless.has(reason)))
}

/** What the steps of runs have room for, together. */
export function measureHeld(runs: readonly PipelineRun[]): Amounts {
  const sum = new Map<string, Quantity>()
  for (const [name, amount] of runs.flatMap(listHeld).flatMap((each) => [...each]))
    sum.set(name, (sum.get(name) ?? 0n) + amount)
  return sum
}

/** Plans never change. */
const ofPlans = new WeakMap<Plan, ReadonlyMap<string, Amounts>>()

function listHeld({ spec: { plan }, status }: PipelineRun): readonly Amounts[] {
  if (plan === undefined) return []
  const known = ofPlans.get(plan) ?? new Map(listPlannedSteps(plan).map((step) => [step.name, measurePlanned(step)]))
  ofPlans.set(plan, known)
  return (status?.steps ?? []).filter(holdsRoom).flatMap(({ name }) => known.get(name) ?? [])
}
