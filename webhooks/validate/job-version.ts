import { annotations, controllerUser } from '../../crds/labels.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { Facts } from '../facts.ts'
import { isCompletedBy, readMarks } from '../inject/marks.ts'
import { isJob } from '../job-shape.ts'
import { templatePath } from '../mutate/job.ts'
import type { AdmissionRequest } from '../request.ts'

/**
 * A bare Job of the controller that the other version of c8s completed, as in a rollout: a replica that is on its way out sends the API
 * server elsewhere between its two calls. What that one injected is not what this one looks for, and a no for good would fail the step.
 */
export function isOfAnotherVersion({ object, user }: AdmissionRequest, { settings }: Facts): boolean {
  if (user.username !== controllerUser || !isJob(object) || object.spec === undefined) return false
  const marks = readMarks(object.spec.template)
  return marks !== undefined && !isCompletedBy(marks, settings.image)
}

/** Answered with 429: the controller sends the Job again, bare as it was. */
export const sendAgain: FieldError = {
  path: `${templatePath}.metadata.annotations[${annotations.injected}]`,
  code: 'Conflict',
  message: 'another version of c8s completed the Job than looks at it now, as while c8s-admission is replaced',
  hint: 'it is sent again by itself',
}
