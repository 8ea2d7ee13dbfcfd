import { expect } from 'vitest'
import type { StepPod, StepRequest } from './step-container.ts'

export interface StepResult {
  readonly code: number | null
  readonly log: string
  /** The lines of the log without the echoed commands. */
  readonly lines: readonly string[]
}

/** Runs a step to its end beside a shipper that ends well, and nothing of its output is in the raw log. */
export async function runStep(pod: StepPod, commands: readonly string[], request: StepRequest): Promise<StepResult> {
  pod.prepare()
  const shipper = pod.startShipper()
  const step = await pod.startStep(commands, request).ended
  const shipped = await shipper.ended
  expect(step.raw, 'raw container log').toBe('')
  expect(shipped.code).toBe(0)
  const log = shipped.raw
  const lines = log.split('\n').filter((line) => line !== '' && !line.startsWith('+ '))
  return { code: step.code, log, lines }
}
