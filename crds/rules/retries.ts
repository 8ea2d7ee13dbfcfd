import { formatDuration, parseDuration } from '../../src/lib/duration.ts'
import { type FieldError, joinPath, quoteValue } from '../../src/lib/field-error.ts'
import { limits } from '../defaults.ts'
import { countLegs, isExpandable } from '../expand-matrix.ts'
import type { Retries } from '../parts/retries.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { forEachStep, type SpecRule } from './rule.ts'

/** Retries are for commands, and their waits are in order. */
export const retriesFit = forEachStep(({ step: { retries, image }, at }): FieldError[] => {
  if (retries === undefined) return []
  const path = `${at}.retries`
  if (image === undefined) {
    const message = 'are for commands: an approval or the call of a pipeline has none to try again'
    return [{ path, code: 'Invalid', message, hint: 'leave it out; the steps of the called pipeline can have retries' }]
  }
  return [...checkWaits(retries, path), ...findRepeatedCodes(retries, path)]
})

/** Each attempt is kept in the run's status, which has to fit into one object of the store. */
export const retriesAreFew: SpecRule<PipelineSpec> = (spec, at) => {
  if (!isExpandable(spec)) return []
  const legs = countLegs(spec)
  const count = [...spec.steps, ...(spec.finally ?? [])].reduce(
    (sum, { name, retries }) => sum + (retries?.limit ?? 0) * (legs.get(name) ?? 1),
    0,
  )
  if (count <= limits.retries) return []
  const message = `a run could come to ${count} retries, each leg of a matrix counted; at most ${limits.retries} are allowed`
  return [{ path: joinPath(at, 'steps'), code: 'TooLarge', message, hint: 'give lower limits, or fewer steps retries' }]
}

function checkWaits({ backoff, maxBackoff }: Retries, path: string): FieldError[] {
  const given = { backoff, maxBackoff }
  const tooLong = (['backoff', 'maxBackoff'] as const).flatMap((field) => checkWait(given[field], `${path}.${field}`))
  const [first, most] = [backoff, maxBackoff].map((text) => (text === undefined ? undefined : parseDuration(text)))
  if (backoff === undefined || first === undefined || most === undefined || first <= most) return tooLong
  const message = `is shorter than backoff, ${quoteValue(backoff)}: no wait could be as long as that`
  return [...tooLong, { path: `${path}.maxBackoff`, code: 'Invalid', message }]
}

function checkWait(wait: string | undefined, path: string): FieldError[] {
  const seconds = wait === undefined ? undefined : parseDuration(wait)
  if (wait === undefined || seconds === undefined || seconds <= limits.durationSeconds) return []
  const most = formatDuration(limits.durationSeconds)
  return [
    { path, code: 'TooLarge', message: `${quoteValue(wait)} is longer than the ${most} (7 days) that are allowed` },
  ]
}

function findRepeatedCodes({ exitCodes = [] }: Retries, path: string): FieldError[] {
  return exitCodes.flatMap((code, index) => {
    const first = exitCodes.indexOf(code)
    if (first === index) return []
    const message = `${code} stands at ${path}.exitCodes[${first}] already`
    return [{ path: `${path}.exitCodes[${index}]`, code: 'Duplicate' as const, message }]
  })
}
