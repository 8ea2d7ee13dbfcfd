import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { freezePlan } from '../../crds/plan.ts'
import { aPipeline, aRun } from '../../test/helpers/admission-objects.ts'
import { refuseOver } from './step-over.ts'

const plan = freezePlan(aPipeline())
const step = { name: 'test', image: 'node:24', commands: ['npm test'] }
const judge = (status: PipelineRun['status'], reused: (typeof plan)['reused'] = []) => {
  const run: PipelineRun = { ...aRun(), ...(status === undefined ? {} : { status }) }
  return refuseOver({ run, plan: { ...plan, reused }, step }).map(({ message }) => message)
}

test('a further attempt is let through while the step has not ended', () => {
  const attempts = [{ attempt: 1, reason: 'ExitCode' }]
  expect(judge({ steps: [{ name: 'test', phase: 'Running', reason: 'Retrying', attempt: 1, attempts }] })).toEqual([])
  expect(judge(undefined)).toEqual([])
})

test('what is over is not done again', () => {
  expect(judge({ steps: [{ name: 'test', phase: 'Failed' }] })).toEqual(['step "test" has ended (Failed)'])
  expect(judge({}, [{ step: 'test', run: 'first' }])).toEqual(['step "test" is taken over from run "first"'])
})
