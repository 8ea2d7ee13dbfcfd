import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { freezePlan } from '../../crds/plan.ts'
import { someSettings, testTime } from '../../test/helpers/admission.ts'
import { aPipeline, aRun } from '../../test/helpers/admission-objects.ts'
import { createFacts } from '../facts.ts'
import { toStepFacts } from './step-job.ts'

const full = 'abc1234'.padEnd(40, '0')
const facts = createFacts(testTime, someSettings)

function render(status: PipelineRun['status']) {
  const plan = freezePlan(aPipeline(), {})
  const run: PipelineRun = { ...aRun({ plan }), ...(status === undefined ? {} : { status }) }
  const [step] = plan.steps
  if (step === undefined) throw new Error('the plan has no step')
  const found = toStepFacts({ metadata: {} }, { run, plan, step }, facts)
  return { cloned: found.clone?.options.commit, told: found.description?.['COMMIT_SHA'] }
}

test('the first step clones the commit as the run names it', () => {
  expect(render(undefined)).toEqual({ cloned: 'abc1234', told: 'abc1234' })
})

test('later steps clone the commit in full, as the first clone found it', () => {
  expect(render({ phase: 'Running', commit: full })).toEqual({ cloned: full, told: full })
})
