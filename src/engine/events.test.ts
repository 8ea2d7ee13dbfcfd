import { expect, test } from 'vitest'
import type { StepStatus } from '../../crds/pipeline-run.ts'
import { diffStatus } from './events.ts'

const rows = (count: number, row: Partial<StepStatus>): StepStatus[] =>
  Array.from({ length: count }, (_, index) => ({ name: `leg-${index}`, phase: 'Pending', ...row }))

test.each(['QuotaExceeded', 'AwaitingApproval'])('of many legs that wait together one event tells: %s', (reason) => {
  const message = 'waits for it'
  const waiting = { steps: rows(500, { reason, message }) }
  expect(diffStatus({ steps: rows(500, {}) }, waiting)).toMatchObject([
    { reason: `Step${reason}`, message: 'step leg-0 waits for it' },
  ])
  expect(diffStatus(waiting, waiting)).toEqual([])
})

test('what each of them is in the way of is told of each', () => {
  const started = rows(3, { reason: 'QuotaExceeded', jobName: 'j' })
  expect(diffStatus({ steps: rows(3, {}) }, { steps: started })).toHaveLength(3)
  const broken = rows(3, { reason: 'ImagePull' })
  expect(diffStatus({ steps: rows(3, {}) }, { steps: broken })).toHaveLength(3)
  const asked = rows(3, { reason: 'AwaitingApproval' }).map((row) => ({
    ...row,
    message: `who may say to ${row.name}`,
  }))
  expect(diffStatus({ steps: rows(3, {}) }, { steps: asked })).toHaveLength(3)
})

test('steps that go as they should are no events, their run’s end is one', () => {
  const steps = rows(2, { phase: 'Succeeded', reason: 'Succeeded' })
  expect(diffStatus({ steps: rows(2, {}) }, { steps: rows(2, { phase: 'Running', reason: 'Running' }) })).toEqual([])
  const ended = { phase: 'Succeeded', message: '2 of 2 steps succeeded', steps } as const
  expect(diffStatus({ steps: rows(2, { phase: 'Running' }) }, ended)).toMatchObject([{ reason: 'RunSucceeded' }])
})

test('a success with something to say is told, and each failure', () => {
  const steps = [...rows(1, { phase: 'Succeeded', message: 'its log is not whole' }), ...rows(1, { phase: 'Failed' })]
  expect(diffStatus({ steps: [] }, { steps })).toEqual([
    { type: 'Normal', reason: 'StepSucceeded', message: 'step leg-0 succeeded: its log is not whole' },
    { type: 'Warning', reason: 'StepFailed', message: 'step leg-0 failed' },
  ])
})
