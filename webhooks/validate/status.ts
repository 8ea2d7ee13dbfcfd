import { controllerUser } from '../../crds/labels.ts'
import type { Validators } from '../../crds/validate.ts'
import type { Verdict } from '../../src/lib/field-error.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type AdmissionRequest, toResourceName } from '../request.ts'
import { noFindings, toErrors } from '../verdict.ts'

/** Status is what the controller saw. Nobody else writes it, whatever RBAC allows: else a build could be called green. */
export function validateStatus(request: AdmissionRequest, validators: Validators): Verdict {
  const { user, object, oldObject, resource } = request
  if (user.username !== controllerUser) {
    const message = `only ${controllerUser} writes the status; you are ${user.username === '' ? 'nobody' : user.username}`
    return toErrors([{ path: 'status', code: 'Forbidden', message }])
  }
  return resource === toResourceName(resourceTypes.pipelineRun)
    ? validators.validatePipelineRun(object, oldObject)
    : noFindings
}
