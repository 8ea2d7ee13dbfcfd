import { describe, expect, it } from 'vitest'
import { type PipelineRunStatus, type RunPhase, runPhases, type StepPhase } from './pipeline-run.ts'
import { findUnplannedSteps, validateSpecChange, validateStatusChange } from './pipeline-run.update.ts'

const steps = (phases: Readonly<Record<string, StepPhase>>): PipelineRunStatus => ({
  steps: Object.entries(phases).map(([name, phase]) => ({ name, phase })),
})
const show = (errors: readonly { path: string; message: string }[]) =>
  errors.map(({ path, message }) => `${path}: ${message}`)

describe('validateStatusChange', () => {
  const allowed = new Set([
    'Pending Running',
    'Pending Succeeded',
    'Pending Failed',
    'Pending Cancelled',
    'Running Succeeded',
    'Running Failed',
    'Running Cancelled',
  ])
  const moves = runPhases.flatMap((from) => runPhases.map((to): [RunPhase, RunPhase] => [from, to]))
  it.each(moves)('%s to %s', (from, to) => {
    const errors = validateStatusChange({ phase: to }, { phase: from })
    expect(errors.length === 0).toBe(from === to || allowed.has(`${from} ${to}`))
  })

  it.each([
    ['the first phase of all', { phase: 'Running' }, {}, []],
    ['a phase taken away', {}, { phase: 'Running' }, ['status.phase: cannot go back from Running to empty']],
    ['a final phase taken away', {}, { phase: 'Failed' }, ['status.phase: Failed is final and cannot become empty']],
    ['a message on a final run', { phase: 'Failed', message: 'x' }, { phase: 'Failed' }, []],
    ['a step that ends', steps({ a: 'Succeeded' }), steps({ a: 'Running' }), []],
    ['a step that is new', steps({ a: 'Running', b: 'Pending' }), steps({ a: 'Running' }), []],
    [
      'a step that comes back',
      steps({ a: 'Running' }),
      steps({ a: 'Skipped' }),
      ['status.steps[0].phase: Skipped is final and cannot become Running'],
    ],
    ['steps in another order', steps({ b: 'Running', a: 'Succeeded' }), steps({ a: 'Succeeded', b: 'Running' }), []],
    [
      'an ended step that is gone',
      steps({ b: 'Running' }),
      steps({ a: 'Failed', b: 'Running' }),
      ['status.steps: the step a, which has ended, is gone'],
    ],
    ['a waiting step that is gone', {}, steps({ a: 'Pending' }), []],
  ] as const)('%s', (...[, status, old, want]) => {
    expect(show(validateStatusChange(status as PipelineRunStatus, old as PipelineRunStatus))).toEqual(want)
  })
})

describe('validateSpecChange', () => {
  it('names every field that changed', () => {
    const changes = validateSpecChange({ commit: 'b', cancel: true }, { commit: 'a', branch: 'main' })
    expect(changes.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'spec.commit Immutable',
      'spec.branch Immutable',
    ])
  })
})

describe('findUnplannedSteps', () => {
  const plan = { steps: [{ name: 'a' }], finally: [{ name: 'z' }] }
  it.each([
    ['steps of the plan', steps({ a: 'Running', z: 'Pending' }), plan, []],
    [
      'another step',
      steps({ b: 'Running' }),
      plan,
      ['status.steps[0].name: there is no step "b" in the plan of the run'],
    ],
    ['no plan', steps({ b: 'Running' }), undefined, []],
    [
      'a plan of any form',
      steps({ b: 'Running' }),
      { steps: 'x' },
      ['status.steps[0].name: there is no step "b" in the plan of the run'],
    ],
  ] as const)('%s', (...[, status, given, want]) => {
    expect(show(findUnplannedSteps(status, given))).toEqual(want)
  })
})
