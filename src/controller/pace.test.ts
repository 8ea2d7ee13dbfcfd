import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { toRestMs } from './pace.ts'

const withSteps = (count: number): PipelineRun => ({
  metadata: { name: 'r' },
  spec: { commit: 'abc1234' },
  status: { steps: Array.from({ length: count }, (_, i) => ({ name: `s${i}`, phase: 'Pending' as const })) },
})

test.each([
  [0, 0],
  [100, 0],
  [101, 101],
  [1020, 1000],
])('a run of %s steps rests for %s ms after a write', (steps, want) => {
  expect(toRestMs(withSteps(steps))).toBe(want)
})
