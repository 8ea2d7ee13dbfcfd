import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot, makeStepState } from '../../../test/helpers/engine-state.ts'
import type { StepState } from '../step/step-state.ts'
import type { RunView } from '../view.ts'
import { rules } from './registry.ts'

const plan: RunView['plan'] = {
  repository: 'r',
  steps: [],
  timeoutSeconds: 3600,
  clone: { depth: 1, submodules: false },
}

function makeView(steps: readonly StepState[], more: Partial<RunView> = {}): RunView {
  return { snapshot: makeSnapshot(makeRun(plan), 0), plan, steps, ...more }
}

const decide = (view: RunView) => {
  for (const rule of rules) {
    const outcome = rule.decide(view)
    if (outcome !== undefined) return { rule: rule.id, ...outcome }
  }
  return undefined
}

const done = { phase: 'Succeeded', reason: 'Completed', isRecorded: true } as const
const stopping = { cause: 'Cancelled', message: 'the run was cancelled', since: 0 } as const
const superseded = { cause: 'Superseded', message: 'superseded by the newer run r2', since: 0 } as const

const cases: { name: string; view: RunView; want: object }[] = [
  {
    name: 'what may start is started',
    view: makeView([makeStepState('a', { nextAttempt: 1 }), makeStepState('b', {})]),
    want: { rule: 'start-ready', start: ['a'], phase: 'Pending', reason: 'Starting', message: 'starting a' },
  },
  {
    name: 'a running step makes the run Running',
    view: makeView([makeStepState('a', { phase: 'Running' })]),
    want: { phase: 'Running', reason: 'StepsRunning', message: 'running a' },
  },
  {
    name: 'an obstacle is told on the run',
    view: makeView([makeStepState('a', { jobName: 'j', reason: 'QuotaExceeded', message: 'no room' })]),
    want: { phase: 'Pending', reason: 'QuotaExceeded', message: 'step a waits: no room' },
  },
  {
    name: 'between two steps a run stays Running',
    view: makeView([makeStepState('a', done), makeStepState('b', { nextAttempt: 1 })]),
    want: { phase: 'Running', start: ['b'], message: 'starting b' },
  },
  {
    name: 'finally steps wait for all others',
    view: makeView([makeStepState('a', { phase: 'Running' }), makeStepState('f', { isFinally: true, nextAttempt: 1 })]),
    want: { rule: 'start-ready', start: [] },
  },
  {
    name: 'then they run',
    view: makeView([makeStepState('a', done), makeStepState('f', { isFinally: true, nextAttempt: 1 })]),
    want: { rule: 'run-finally', start: ['f'], phase: 'Running' },
  },
  {
    name: 'a stopped run starts nothing',
    view: makeView([makeStepState('a', { phase: 'Running' }), makeStepState('b', { nextAttempt: 1 })], { stopping }),
    want: { rule: 'stopping', start: [], phase: 'Running', reason: 'Cancelling', message: 'cancelled; stopping a, b' },
  },
  {
    name: 'a superseded run says by which',
    view: makeView([makeStepState('a', { phase: 'Running' })], { stopping: superseded }),
    want: { reason: 'Cancelling', message: 'superseded by the newer run r2; stopping a' },
  },
  {
    name: 'and still at its end',
    view: makeView([makeStepState('a', { phase: 'Cancelled', reason: 'RunCancelled' })], { stopping: superseded }),
    want: { phase: 'Cancelled', reason: 'Superseded', message: 'superseded by the newer run r2' },
  },
  {
    name: 'a run that waits for approval starts nothing',
    view: makeView([makeStepState('a', { nextAttempt: 1 })], { withheld: { kind: 'secrets', step: 'a' } }),
    want: { rule: 'await-approval', start: [], phase: 'Pending', reason: 'ApprovalRequired' },
  },
  {
    name: 'one of which nothing is left to start does not wait',
    view: makeView([makeStepState('a', { phase: 'Skipped', reason: 'ConditionNotMet' })], {
      withheld: { kind: 'clone' },
    }),
    want: { rule: 'finish', phase: 'Succeeded' },
  },
  {
    name: 'all succeeded',
    view: makeView([makeStepState('a', done), makeStepState('b', { phase: 'Skipped', reason: 'ConditionNotMet' })]),
    want: { rule: 'finish', phase: 'Succeeded', message: '1 step succeeded, 1 skipped' },
  },
  {
    name: 'a failure of the step outweighs one of the infrastructure',
    view: makeView([
      makeStepState('a', { phase: 'Failed', reason: 'ImagePull', message: 'no image' }),
      makeStepState('b', { phase: 'Failed', reason: 'ExitCode', message: 'exit code 1' }),
    ]),
    want: { phase: 'Failed', reason: 'StepFailed', message: 'step b failed: exit code 1 (and 1 more)' },
  },
  {
    name: 'failures of the infrastructure alone are told apart',
    view: makeView([makeStepState('a', { phase: 'Failed', reason: 'ImagePull', message: 'no image' })]),
    want: { phase: 'Failed', reason: 'InfrastructureError' },
  },
  {
    name: 'a failing finally step fails the run',
    view: makeView([
      makeStepState('a', done),
      makeStepState('f', { isFinally: true, phase: 'Failed', reason: 'ExitCode', message: 'exit code 1' }),
    ]),
    want: { phase: 'Failed', message: 'step f failed: exit code 1' },
  },
  {
    name: 'a cancel that came too late changes nothing',
    view: makeView([makeStepState('a', done)], { stopping }),
    want: { rule: 'finish', phase: 'Succeeded' },
  },
  {
    name: 'a cancel that stopped something wins over a failure',
    view: makeView(
      [
        makeStepState('a', { phase: 'Failed', reason: 'ExitCode' }),
        makeStepState('b', { phase: 'Cancelled', reason: 'RunCancelled' }),
      ],
      { stopping },
    ),
    want: { phase: 'Cancelled' },
  },
]

test.each(cases)('$name', ({ view, want }) => {
  expect(decide(view)).toMatchObject(want)
})

test('every file of the folder that is a rule is in the registry', () => {
  const others = ['rule.ts', 'registry.ts', 'progress.ts']
  const files = readdirSync(import.meta.dirname).filter((file) => /(?<!\.test)\.ts$/.test(file))
  const found = files.filter((file) => !others.includes(file))
  expect(rules.map(({ id }) => `${id}.ts`).toSorted()).toEqual(found.toSorted())
})
