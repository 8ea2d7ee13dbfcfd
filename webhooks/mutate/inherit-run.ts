import type { Facts } from '../facts.ts'
import type { AdmissionRequest } from '../request.ts'
import { inheritCall } from './called-run.ts'
import { inheritRerun } from './rerun.ts'

/** A new run with what it has from another: from the run that calls it, or from the one that it runs again. */
export function inheritRun(request: AdmissionRequest, facts: Facts): AdmissionRequest {
  return inheritCall(inheritRerun(request, facts), facts)
}
