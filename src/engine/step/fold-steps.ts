import { toLabelValue } from '../../../crds/names.ts'
import type { Plan } from '../../../crds/pipeline-run.ts'
import { listFinallySteps, listMainSteps } from '../../../crds/planned-steps.ts'
import type { Snapshot } from '../snapshot.ts'
import { foldStep } from './fold-step.ts'
import { groupByStep } from './step-objects.ts'
import type { StepState } from './step-state.ts'

/** Every step of the plan as it is now, in plan order, the finally steps last. */
export function foldSteps(snapshot: Snapshot, plan: Plan): readonly StepState[] {
  const groups = groupByStep(snapshot)
  const reused = new Map(plan.reused?.map((each) => [each.step, each]))
  const rows = new Map(snapshot.run.status?.steps?.map((row) => [row.name, row]))
  const steps = [
    ...listMainSteps(plan).map((step) => ({ step, isFinally: false })),
    ...listFinallySteps(plan).map((step) => ({ step, isFinally: true })),
  ]
  return steps.map(({ step, isFinally }) =>
    foldStep({
      snapshot,
      step,
      isFinally,
      last: rows.get(step.name),
      reused: isFinally ? undefined : reused.get(step.name),
      objects: groups.get(toLabelValue(step.name)) ?? { jobs: [], pods: [] },
    }),
  )
}
