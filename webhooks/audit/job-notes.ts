import { annotations, labels } from '../../crds/labels.ts'
import { isUnapproved } from '../../crds/trust.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import { isJob } from '../job-shape.ts'
import { toText } from '../json.ts'
import { findJobType } from '../mutate/job.ts'
import { parseOwnOrder } from '../mutate/own-job.ts'
import { findRunName, findStep } from '../mutate/step-job.ts'
import type { AdmissionRequest } from '../request.ts'
import type { Notes } from './notes.ts'

/** Which step of which run gets a pod, with what; or which Job of a user's own. */
export function describeJob(request: AdmissionRequest, facts: Facts): Notes {
  const type = findJobType(request.object)
  if (request.operation !== 'CREATE' || type === undefined || !isJob(request.object)) return {}
  const job: Job = request.object
  const injected = toText(job.spec?.template?.metadata?.annotations?.[annotations.injected])
  if (type === 'own') {
    const { commit, secrets } = parseOwnOrder(job)
    return { 'job-type': type, commit, injected, secrets: listNames(secrets) }
  }
  const found = findStep(job, facts)
  return {
    'job-type': type,
    run: findRunName(job),
    step: found?.step.name ?? job.metadata.labels?.[labels.step],
    attempt: job.metadata.labels?.[labels.attempt],
    commit: found?.run.status?.commit ?? found?.run.spec.commit,
    'plan-hash': found?.plan.hash,
    injected,
    secrets: found === undefined || isUnapproved(found.run) ? undefined : listNames(found.step.secrets ?? []),
  }
}

function listNames(uses: readonly { readonly secretRef: string }[]): string {
  return [...new Set(uses.map(({ secretRef }) => secretRef))].sort().join(',')
}
