import type { PipelineRun } from '../../crds/kinds.ts'
import type { Rejection } from '../../crds/parts/event.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { findCycles, renderCycle } from '../lib/dag.ts'
import { toSentence } from './pod/sentence.ts'

export interface PlanFault {
  /** PlanMissing, PlanInvalid, or that of the rejection. */
  readonly reason: string
  readonly message: string
}

/**
 * Why a run cannot be run at all: it was rejected before it was made, and exists to show why; or it came past admission,
 * which lets no faulty plan through.
 */
export function findPlanFault({ spec }: PipelineRun): PlanFault | undefined {
  const { plan, rejected } = spec
  if (rejected !== undefined) return { reason: rejected.reason, message: describeRejection(rejected) }
  if (plan === undefined) {
    const message =
      'spec.plan is missing: the run was created while the admission webhook of c8s was not in place; delete it and create it again'
    return { reason: 'PlanMissing', message }
  }
  const planned = listPlannedSteps(plan)
  if (new Set(planned.map(({ name }) => name)).size < planned.length) return toFault('two steps have the same name')
  // Legs depend on each other only where their steps do.
  const main = new Map(plan.steps.map((step) => [step.name, step.dependsOn ?? []]))
  const last = new Map(plan.finally?.map((step) => [step.name, step.dependsOn ?? []]))
  const all = new Map([...main, ...last])
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

/** Longest that the schema takes; file and message together may be longer. */
const longestMessage = 4096

/** `.c8s.yaml line 7: …` */
export function describeRejection({ file, line, message }: Rejection): string {
  const place = [...(file === undefined ? [] : [file]), ...(line === undefined ? [] : [`line ${line}`])].join(' ')
  return toSentence(place === '' ? message : `${place}: ${message}`, longestMessage)
}

function toFault(message: string): PlanFault {
  return { reason: 'PlanInvalid', message }
}
