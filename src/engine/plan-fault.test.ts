import { expect, test } from 'vitest'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import { planRun } from './plan.ts'
import { findPlanFault } from './plan-fault.ts'

const step = (name: string, ...dependsOn: string[]): Step => ({ name, image: 'i', commands: ['c'], dependsOn })
const makePlan = (steps: Step[], last: Step[] = []): Plan => {
  return { repository: 'r', steps, finally: last, timeoutSeconds: 1, clone: { depth: 1, submodules: false } }
}

const cases: { name: string; plan: Plan; want: string | undefined }[] = [
  { name: 'a good plan', plan: makePlan([step('a'), step('b', 'a')], [step('f')]), want: undefined },
  {
    name: 'an unknown need',
    plan: makePlan([step('a', 'x')]),
    want: 'step a of spec.plan.steps depends on x, which is not there',
  },
  {
    name: 'a finally step cannot need another step',
    plan: makePlan([step('a')], [step('f', 'a')]),
    want: 'step f of spec.plan.finally depends on a, which is not there',
  },
  {
    name: 'a circle',
    plan: makePlan([step('a', 'b'), step('b', 'a')]),
    want: 'steps depend on each other in a circle: a → b → a',
  },
  { name: 'a name used twice', plan: makePlan([step('a')], [step('a')]), want: 'two steps have the same name' },
]

test.each(cases)('$name', ({ plan, want }) => {
  expect(findPlanFault(makeRun(plan))?.message).toBe(want)
})

test('a run without a plan fails, says why, and starts nothing', () => {
  const { plan: _, ...spec } = makeRun(makePlan([step('a')])).spec
  const run = { ...makeRun(makePlan([])), spec }
  const plan = planRun(makeSnapshot(run, 0))
  expect(plan).toMatchObject({
    creations: [],
    status: { phase: 'Failed', reason: 'PlanMissing' },
    events: [{ reason: 'RunFailed' }],
  })
})
