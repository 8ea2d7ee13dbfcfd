import type { PipelineRun } from '../../crds/kinds.ts'
import { findCycles, renderCycle } from '../lib/dag.ts'
import type { RunReason } from './reasons.ts'

export interface PlanFault {
  readonly reason: RunReason & ('PlanMissing' | 'PlanInvalid')
  readonly message: string
}

/** Why a run cannot be run at all. Admission lets none of these through; this holds for runs that came past it. */
export function findPlanFault({ spec }: PipelineRun): PlanFault | undefined {
  const { plan } = spec
  if (plan === undefined) {
    const message =
      'spec.plan is missing: the run was created while the admission webhook of c8s was not in place; delete it and create it again'
    return { reason: 'PlanMissing', message }
  }
  const main = new Map(plan.steps.map((step) => [step.name, step.dependsOn ?? []]))
  const last = new Map(plan.finally?.map((step) => [step.name, step.dependsOn ?? []]))
  const all = new Map([...main, ...last])
  if (all.size < main.size + last.size || main.size < plan.steps.length) return toFault('two steps have the same name')
  for (const [group, steps] of [
    ['steps', main],
    ['finally', last],
  ] as const) {
    for (const [name, needs] of steps) {
      const unknown = needs.find((need) => !steps.has(need))
      if (unknown !== undefined)
        return toFault(`step ${name} of spec.plan.${group} depends on ${unknown}, which is not there`)
    }
  }
  const [cycle] = findCycles({ nodes: () => all.keys(), needs: (name) => all.get(name) ?? [] })
  return cycle === undefined ? undefined : toFault(`steps depend on each other in a circle: ${renderCycle(cycle)}`)
}

function toFault(message: string): PlanFault {
  return { reason: 'PlanInvalid', message }
}
