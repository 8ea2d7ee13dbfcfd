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
  const common = {
    'job-type': type,
    injected: toText(job.spec?.template?.metadata?.annotations?.[annotations.injected]),
  }
  return type === 'own' ? { ...common, ...describeOwn(job) } : { ...common, ...describeStep(job, facts) }
}

function describeOwn(job: Job): Notes {
  const { commit, secrets } = parseOwnOrder(job)
  return { commit, secrets: listNames(secrets) }
}

function describeStep(job: Job, facts: Facts): Notes {
  const found = findStep(job, facts)
  const { [labels.step]: label, [labels.attempt]: attempt } = job.metadata.labels ?? {}
  if (found === undefined) return { run: findRunName(job), step: label, attempt }
  const { run, plan, step } = found
  return {
    run: run.metadata.name,
    step: step.name,
    attempt,
    commit: run.status?.commit ?? run.spec.commit,
    'plan-hash': plan.hash,
    secrets: isUnapproved(run) ? undefined : listNames(step.secrets ?? []),
  }
}

function listNames(uses: readonly { readonly secretRef: string }[]): string {
  return [...new Set(uses.map(({ secretRef }) => secretRef))].sort().join(',')
}
