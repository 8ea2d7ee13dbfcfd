import type { DoctorCheck, DoctorFinding } from './check.ts'
import { certificates } from './checks/certificates.ts'
import { clocks } from './checks/clocks.ts'
import { connections } from './checks/connections.ts'
import { definitions } from './checks/definitions.ts'
import { jobController } from './checks/job-controller.ts'
import { kubernetesVersion } from './checks/kubernetes-version.ts'
import { leader } from './checks/leader.ts'
import { permissions } from './checks/permissions.ts'
import { policies } from './checks/policies.ts'
import { quota } from './checks/quota.ts'
import { runPolicy } from './checks/run-policy.ts'
import { shortNames } from './checks/short-names.ts'
import { storageClass } from './checks/storage-class.ts'
import { webhookAnswers } from './checks/webhook-answers.ts'
import { webhooks } from './checks/webhooks.ts'
import { workloads } from './checks/workloads.ts'
import type { DoctorFacts } from './facts.ts'

/** Every check, in the order in which they are told: what others rest on comes first. */
export const checks: readonly DoctorCheck[] = Object.freeze([
  kubernetesVersion,
  definitions,
  runPolicy,
  webhooks,
  webhookAnswers,
  certificates,
  permissions,
  workloads,
  leader,
  jobController,
  clocks,
  storageClass,
  quota,
  policies,
  connections,
  shortNames,
])

export function judgeFacts(facts: DoctorFacts): readonly DoctorFinding[] {
  return checks.flatMap(({ id, judge }) => judge(facts).map((said) => ({ check: id, ...said })))
}
