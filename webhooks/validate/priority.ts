import type { FieldError } from '../../src/lib/field-error.ts'
import { findNearest } from '../../src/lib/nearest.ts'
import type { Facts } from '../facts.ts'
import { type AskedPriority, findClass, reservedPriority } from '../mutate/run-priority.ts'

/** A PriorityClass must be there, and not be one of Kubernetes' own. */
export function validatePriority(asked: AskedPriority | undefined, { queueing }: Facts): readonly FieldError[] {
  if (asked === undefined) return []
  const { name, path } = asked
  if (reservedPriority.test(name)) {
    const message = `PriorityClass "${name}" is for the components of the cluster, not for pipelines`
    return [{ path, code: 'Forbidden', message, hint: 'take another PriorityClass' }]
  }
  const classes = queueing?.priorityClasses ?? []
  if (findClass(name, classes) !== undefined) return []
  const nearest = findNearest(
    name,
    classes.map(({ metadata }) => metadata.name ?? ''),
  )
  const hint = nearest === undefined ? 'kubectl get priorityclasses shows those there are' : `did you mean ${nearest}?`
  return [{ path, code: 'NotFound', message: `PriorityClass "${name}" does not exist`, hint }]
}
