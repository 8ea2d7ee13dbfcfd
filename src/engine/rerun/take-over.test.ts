import { expect, test } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Step } from '../../../crds/parts/step.ts'
import type { StepStatus } from '../../../crds/pipeline-run.ts'
import { freezePlan } from '../../../crds/plan.ts'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { findObstacle, listReused } from './take-over.ts'

const step = (name: string, dependsOn: readonly string[] = [], more: Partial<Step> = {}): Step => ({
  name,
  image: 'i',
  commands: ['c'],
  ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }),
  ...more,
})
const approval = (name: string, dependsOn: readonly string[]): Step => ({
  name,
  dependsOn: [...dependsOn],
  approval: {},
})

type Rows = Readonly<Record<string, StepStatus['phase'] | Partial<StepStatus>>>

function endedRun(steps: readonly Step[], rows: Rows): PipelineRun {
  const run = makeRun(
    freezePlan({ repository: 'https://git.example/r', steps: [...steps], finally: [step('last')] }),
    'first',
  )
  const statuses = Object.entries(rows).map(([name, row]): StepStatus => {
    return typeof row === 'string' ? { name, phase: row } : { phase: 'Succeeded', ...row, name }
  })
  return { ...run, status: { phase: 'Failed', steps: statuses } }
}

test.each<readonly [string, readonly Step[], Rows, readonly string[]]>([
  ['what succeeded', [step('a'), step('b', ['a'])], { a: 'Succeeded', b: 'Failed', last: 'Succeeded' }, ['a']],
  ['nothing that was cancelled', [step('a'), step('b')], { a: 'Cancelled', b: 'Failed' }, []],
  [
    'nothing that ran because of a failure, nor what came after it',
    [step('a'), step('tidy', ['a'], { conditional: { onSuccess: false } }), step('next', ['tidy'])],
    { a: 'Failed', tidy: 'Succeeded', next: 'Succeeded' },
    [],
  ],
  [
    'what came after a step that was not meant to run',
    [step('a'), step('b', ['a']), step('c')],
    { a: { phase: 'Skipped', reason: 'ConditionNotMet' }, b: 'Succeeded', c: 'Failed' },
    ['b'],
  ],
  [
    'what came after an approval, but not the approval',
    [step('a'), approval('ok', ['a']), step('b', ['ok']), step('c', ['b'])],
    { a: 'Succeeded', ok: 'Succeeded', b: 'Succeeded', c: 'Failed' },
    ['a', 'b'],
  ],
])('taken over is %s', (...[, steps, rows, want]) => {
  expect(listReused(endedRun(steps, rows)).map(({ step: name }) => name)).toEqual(want)
})

test('the run that did the work is named, over any number of runs', () => {
  const times = { startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:01:00Z' }
  const run = endedRun([step('a'), step('b'), step('c')], {
    a: { reason: 'Reused', run: 'zero', jobName: 'j0', ...times },
    b: { reason: 'Completed', jobName: 'j1', podName: 'p1', ...times },
    c: 'Failed',
  })
  expect(listReused(run)).toEqual([
    { step: 'a', run: 'zero', jobName: 'j0', ...times },
    { step: 'b', run: 'first', jobName: 'j1', podName: 'p1', ...times },
  ])
})

test('a plan of an older c8s, without a hash, is compared by what it says', () => {
  const run = endedRun([step('a')], { a: 'Failed' })
  const plan = freezePlan({ repository: 'https://git.example/r', steps: [step('a')], finally: [step('last')] })
  const { hash: _hash, ...old } = plan
  expect(findObstacle({ ...run, spec: { ...run.spec, plan: old } }, plan)).toBeUndefined()
  expect(findObstacle(run, { ...plan, repository: 'https://git.example/other' })).toContain('another hash')
})
