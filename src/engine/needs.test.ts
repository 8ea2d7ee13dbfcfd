import { expect, test } from 'vitest'
import type { Conditional } from '../../crds/parts/conditional.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { findBlockers, judgeNeeds, type NeedState, type NeedsVerdict } from './needs.ts'

const step = (name: string, dependsOn: string[], extra: Partial<Step> = {}): Step => ({
  name,
  image: 'i',
  commands: ['c'],
  dependsOn,
  ...extra,
})
const met: NeedsVerdict = { kind: 'met' }

const cases: { name: string; needs: NeedState[]; conditional?: Conditional; want: NeedsVerdict }[] = [
  { name: 'no needs', needs: [], want: met },
  { name: 'all succeeded', needs: [{ phase: 'Succeeded' }, { phase: 'Succeeded' }], want: met },
  {
    name: 'one still runs',
    needs: [{ phase: 'Succeeded' }, { phase: 'Running' }],
    want: { kind: 'waiting', on: ['n1'] },
  },
  {
    name: 'one failed while another runs',
    needs: [{ phase: 'Running' }, { phase: 'Failed' }],
    want: { kind: 'unmet', steps: ['n1'] },
  },
  {
    name: 'a need skipped by its own condition counts as done',
    needs: [{ phase: 'Skipped', reason: 'ConditionNotMet' }],
    want: met,
  },
  {
    name: 'a need skipped for its needs does not',
    needs: [{ phase: 'Skipped', reason: 'NeedsNotMet' }],
    want: { kind: 'unmet', steps: ['n0'] },
  },
  { name: 'a cancelled need does not', needs: [{ phase: 'Cancelled' }], want: { kind: 'unmet', steps: ['n0'] } },
  {
    name: 'onSuccess false runs after a failure',
    needs: [{ phase: 'Failed' }],
    conditional: { onSuccess: false },
    want: met,
  },
  {
    name: 'onSuccess false still waits for the end',
    needs: [{ phase: 'Failed' }, { phase: 'Pending' }],
    conditional: { onSuccess: false },
    want: { kind: 'waiting', on: ['n1'] },
  },
  {
    name: 'outcome Failure waits for all, though one has failed',
    needs: [{ phase: 'Failed' }, { phase: 'Running' }],
    conditional: { outcome: 'Failure' },
    want: { kind: 'waiting', on: ['n1'] },
  },
  {
    name: 'that something failed where it has to is left to the condition',
    needs: [{ phase: 'Succeeded' }],
    conditional: { outcome: 'Failure' },
    want: met,
  },
  {
    name: 'outcome goes before onSuccess',
    needs: [{ phase: 'Failed' }],
    conditional: { outcome: 'Success', onSuccess: false },
    want: { kind: 'unmet', steps: ['n0'] },
  },
]

test.each(cases)('$name', ({ needs, conditional: given, want }) => {
  const conditional = given === undefined ? {} : { conditional: given }
  const names = needs.map((_, index) => `n${index}`)
  expect(judgeNeeds(step('x', names, conditional), (name) => needs[Number(name.slice(1))])).toEqual(want)
})

const plan: Plan = {
  repository: 'https://git.example/r',
  timeoutSeconds: 60,
  clone: { depth: 1, submodules: false },
  steps: [step('lint', []), step('unit', ['lint'])],
  finally: [step('report', [])],
}

test('what stands in the way of a step is named', () => {
  expect(findBlockers(plan, [], 'lint')).toEqual([])
  expect(findBlockers(plan, [], 'unit')).toEqual(['lint'])
  expect(findBlockers(plan, [{ name: 'lint', phase: 'Succeeded' }], 'unit')).toEqual([])
  expect(findBlockers(plan, [{ name: 'lint', phase: 'Failed' }], 'unit')).toEqual(['lint'])
  expect(findBlockers(plan, [], 'other')).toBeUndefined()
})

test('a finally step waits for every other step, however it ended', () => {
  expect(findBlockers(plan, [{ name: 'lint', phase: 'Failed' }], 'report')).toEqual(['unit'])
  const ended = [
    { name: 'lint', phase: 'Failed' },
    { name: 'unit', phase: 'Skipped' },
  ] as const
  expect(findBlockers(plan, ended, 'report')).toEqual([])
})
