import { expect, test } from 'vitest'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import { planRun } from './plan.ts'
import { describeRejection, findPlanFault } from './plan-fault.ts'

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

const rejected = { reason: 'InvalidPipeline', message: 'steps: at least one is needed', file: '.c8s.yaml', line: 7 }

test('a rejected run fails at once with the reason it was made for, and starts nothing', () => {
  const { metadata } = makeRun(makePlan([]))
  const plan = planRun(makeSnapshot({ metadata, spec: { commit: 'c0ffee0', rejected } }, 0))
  expect(plan).toMatchObject({ creations: [], stops: [], urgency: 'now' })
  expect(plan.wakeAt).toBeUndefined()
  expect(plan.status).toMatchObject({
    phase: 'Failed',
    reason: 'InvalidPipeline',
    message: '.c8s.yaml line 7: steps: at least one is needed',
    completionTime: '1970-01-01T00:00:00Z',
    steps: [],
  })
  const conditions = plan.status?.conditions?.map(({ type, status }) => `${type}=${status}`)
  expect(conditions).toEqual(['Succeeded=False', 'Ready=False', 'Reconciling=False', 'Stalled=True'])
  expect(plan.events.map(({ reason }) => reason)).toEqual(['RunFailed'])
})

test.each([
  [{ file: 'a.yaml' }, 'a.yaml: m'],
  [{}, 'm'],
  [{ file: 'a\nb.yaml', line: 1 }, 'a b.yaml line 1: m'],
])('%o is told as %s', (place, want) => {
  expect(describeRejection({ reason: 'R', message: 'm', ...place })).toBe(want)
})

test('a rejection is never longer than a status may be', () => {
  const long = describeRejection({ reason: 'R', message: 'x'.repeat(4096), file: 'y'.repeat(1024) })
  expect(long).toHaveLength(4096)
})
