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
