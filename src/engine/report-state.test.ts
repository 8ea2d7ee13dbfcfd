import { expect, test } from 'vitest'
import type { PipelineRunSpec, PipelineRunStatus } from '../../crds/pipeline-run.ts'
import { makeGroupRun } from '../../test/helpers/group-run.ts'
import { isEndReported, judgeReportState, toReportKey } from './report-state.ts'

const rejected = { reason: 'PlanInvalid', message: 'm' }
const cases: [PipelineRunStatus | undefined, string, Partial<PipelineRunSpec>?][] = [
  [undefined, 'pending'],
  [{}, 'pending'],
  [{ phase: 'Pending', reason: 'ApprovalRequired' }, 'pending'],
  [{ phase: 'Running' }, 'running'],
  [{ phase: 'Succeeded' }, 'success'],
  [{ phase: 'Failed', reason: 'StepFailed' }, 'failure'],
  [{ phase: 'Failed', reason: 'TimedOut' }, 'failure'],
  [{ phase: 'Failed', reason: 'InfrastructureError' }, 'error'],
  [{ phase: 'Failed', reason: 'PlanMissing' }, 'error'],
  [{ phase: 'Failed', reason: 'PlanInvalid' }, 'failure', { rejected }],
  [{ phase: 'Cancelled', reason: 'Superseded' }, 'error'],
]

test.each(cases)('%o is told as %s', (status, want, spec = {}) => {
  const run = makeGroupRun({ name: 'a' })
  const whole = { ...run, spec: { ...run.spec, ...spec }, ...(status === undefined ? {} : { status }) }
  expect(judgeReportState(whole)).toBe(want)
})

test('the end is reported once the forge has taken it', () => {
  const run = makeGroupRun({ name: 'a', event: {} })
  const is = (status: PipelineRunStatus) => isEndReported({ ...run, status })
  expect(is({ phase: 'Succeeded', report: { state: 'success' } })).toBe(true)
  expect(is({ phase: 'Succeeded', report: { state: 'running', failures: 2 } })).toBe(false)
  expect(is({ phase: 'Succeeded' })).toBe(false)
  expect(is({ phase: 'Running', report: { state: 'running' } })).toBe(false)
})

test('runs of one pipeline at one commit are one line at the forge', () => {
  expect(toReportKey(makeGroupRun({ name: 'a', commit: 'c0ffee0', event: {} }))).toBe('team/app c0ffee0 ci')
  expect(toReportKey(makeGroupRun({ name: 'a' }))).toBeUndefined()
})
