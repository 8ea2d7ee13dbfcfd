import { describe, expect, it } from 'vitest'
import {
  type PipelineRunSpec,
  type PipelineRunStatus,
  type RunPhase,
  runPhases,
  type StepPhase,
} from './pipeline-run.ts'
import {
  findUnplannedSteps,
  validateApprovalChange,
  validateSpecChange,
  validateStatusChange,
} from './pipeline-run.update.ts'

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

describe('validateApprovalChange', () => {
  const [a, b] = ['a'.repeat(40), 'b'.repeat(40)]
  const plan = { untrusted: { reason: 'ForkPullRequest', message: '' } } as PipelineRunSpec['plan']
  const waiting = { commit: a, plan } as PipelineRunSpec
  const short = { ...waiting, commit: a.slice(0, 7) }
  const nothing = 'nothing waits for approval: the commit of this run is trusted'
  it.each<[string, string | undefined, Partial<PipelineRunSpec>, PipelineRunStatus, string[]]>([
    ['none at all', undefined, waiting, {}, []],
    ['of the commit', a, waiting, {}, []],
    ['of another', b, waiting, {}, [`must be ${a}: an approval is for exactly the commit that this run runs`]],
    ['of what the status says of a full commit', b, waiting, { commit: b }, [`must be ${a}: an`]],
    ['of a short commit, known in full', a, short, { commit: a }, []],
    ['of a short commit, in short', short.commit, short, { commit: a }, [`must be ${a}: an`]],
    ['of a short commit that nobody has seen', a, short, {}, ['the commit of this run is not known in full yet']],
    ['where nothing waits', a, { commit: a }, {}, [nothing]],
    ['where the plan is unreadable', a, { commit: a, plan: 'x' as never }, {}, [nothing]],
    ['that was given', a, { ...waiting, approvedCommit: a }, {}, []],
    ['that is taken back', undefined, { ...waiting, approvedCommit: a }, {}, ['an approval cannot be taken back']],
    ['that becomes another', b, { ...waiting, approvedCommit: a }, {}, ['an approval cannot be taken back']],
  ])('an approval %s', (...[, approvedCommit, spec, status, want]) => {
    const sent = approvedCommit === undefined ? {} : { approvedCommit }
    const errors = validateApprovalChange(sent, { spec, status })
    expect(errors.map(({ path }) => path)).toEqual(want.map(() => 'spec.approvedCommit'))
    expect(errors.map(({ message }) => message)).toEqual(want.map((text) => expect.stringContaining(text) as string))
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
    [
      'a leg',
      steps({ 'm-1': 'Running', a: 'Pending' }),
      { steps: [{ name: 'a' }, { name: 'm', legs: [{ name: 'm-1' }] }] },
      [],
    ],
    [
      'a step of which there are only legs',
      steps({ m: 'Running' }),
      { steps: [{ name: 'm', legs: [{ name: 'm-1' }] }] },
      ['status.steps[0].name: there is no step "m" in the plan of the run'],
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
