import { annotations, controllerUser } from '../../crds/labels.ts'
import { isHeld } from '../../src/engine/step/step-objects.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import type { AdmissionRequest } from '../request.ts'

const markPath = `metadata.annotations[${annotations.held}]`

/**
 * A Job that comes here held was seen by nobody who completes it: the mutating configuration is gone or altered. It may be stored,
 * since it starts nothing; the controller takes it back and says why. Nobody else makes such a Job.
 */
export function validateHeldJob({ object, user }: AdmissionRequest): readonly FieldError[] {
  const job = object as Job
  if (user.username === controllerUser && job.spec?.suspend === true) return []
  return [{ path: markPath, code: 'Forbidden', message: `is for ${controllerUser} alone, on a suspended Job` }]
}

/** What was not completed never starts. */
export function validateHeldChange(before: Job, after: Job): readonly FieldError[] {
  if (isHeld(before) && after.spec?.suspend !== true) {
    return [{ path: 'spec.suspend', code: 'Immutable', message: 'must stay true: the Job lacks what c8s injects' }]
  }
  if (isHeld(before) === isHeld(after)) return []
  return [{ path: markPath, code: 'Immutable', message: 'belongs to c8s and cannot be changed' }]
}
