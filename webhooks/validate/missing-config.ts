import type { FieldError, Verdict } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import type { Facts } from '../facts.ts'
import { toText } from '../json.ts'
import { readSpec } from '../mutate/run-source.ts'
import type { AdmissionRequest } from '../request.ts'

/**
 * Names what there is, so that a slip of the pen is seen at once. A dry run is only warned: Flux, `kubectl diff` and server-side
 * diffs try out all objects before they make the first, and the config may be one of them.
 */
export function judgeMissing(request: AdmissionRequest, facts: Facts): Verdict {
  const ref = toText(readSpec(request)['pipelineConfigRef'])
  if (ref === undefined || facts.configs.get(ref) !== undefined) return { errors: [], warnings: [] }
  const missing: FieldError = { path: 'spec.pipelineConfigRef', code: 'NotFound', ...tellMissing(ref, facts) }
  return request.dryRun ? { errors: [], warnings: [missing] } : { errors: [missing], warnings: [] }
}

/** A run that is only tried out, of a config that may come before the run does: without one there is no plan to look at. */
export function isAheadOfConfig(request: AdmissionRequest, facts: Facts): boolean {
  return request.dryRun && judgeMissing(request, facts).warnings.length > 0
}

function tellMissing(ref: string, { configNames: names = [] }: Facts): { message: string; hint: string } {
  const nearest = findNearest(ref, names)
  const some = names.toSorted().slice(0, 5)
  const there =
    some.length === 0
      ? 'there is none in this namespace'
      : `there are ${some.join(', ')}${names.length > 5 ? ', …' : ''}`
  const hint = nearest === undefined ? there : `did you mean ${nearest}?`
  return { message: `PipelineConfig "${ref}" does not exist`, hint }
}
