import { measureLongestPath } from '../../src/lib/dag.ts'
import { formatDuration, parseDuration } from '../../src/lib/duration.ts'
import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import { limits, resolveRunTimeout, resolveTimeout } from '../defaults.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { toGraph } from './needs.ts'
import { placeAllSteps, type SpecRule } from './rule.ts'

export const timeoutsInRange: SpecRule<PipelineSpec> = (spec, at) => [
  ...placeAllSteps(spec, at).flatMap(({ step, at: place }) => checkTimeout(step.timeout, `${place}.timeout`)),
  ...checkTimeout(spec.timeout, joinPath(at, 'timeout')),
]

export function checkTimeout(timeout: string | undefined, path: string): FieldError[] {
  const seconds = timeout === undefined ? undefined : parseDuration(timeout)
  if (timeout === undefined || seconds === undefined) return []
  if (seconds === 0) return [{ path, code: 'Invalid', message: 'must be longer than 0s' }]
  if (seconds <= limits.durationSeconds) return []
  const most = formatDuration(limits.durationSeconds)
  return [
    { path, code: 'TooLarge', message: `${quoteValue(timeout)} is longer than the ${most} (7 days) that are allowed` },
  ]
}

/** A wait for a person does not count, and a called pipeline has a timeout of its own. */
function hasPod({ image, commands }: Step): boolean {
  return image !== undefined || commands !== undefined
}

/** Decision 15: a warning, because steps seldom use their whole timeout. */
export const runTimeoutCoversSteps: SpecRule<PipelineSpec> = (spec, at) => {
  const seconds = new Map(spec.steps.map((step) => [step.name, hasPod(step) ? resolveTimeout(step) : 0]))
  const needed = measureLongestPath(toGraph(spec), (name) => seconds.get(name) ?? 0)
  const allowed = resolveRunTimeout(spec)
  if (allowed >= needed) return []
  const given = spec.timeout === undefined ? `${formatDuration(allowed)}, the default,` : formatDuration(allowed)
  return [
    {
      path: joinPath(at, 'timeout'),
      code: 'TimeoutTooShort',
      message: `${given} is shorter than the ${formatDuration(needed)} that the longest chain of steps may take`,
    },
  ]
}
