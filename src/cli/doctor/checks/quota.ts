import { compareQuantities } from '../../../lib/quantity.ts'
import { type DoctorCheck, ok, orOk, type Said, warning, whenRead } from '../check.ts'
import type { Quota } from '../facts.ts'

/** What a replica takes. Quotas often allow none at all of other things, such as `services.loadbalancers`. */
const taken =
  /^(pods|count\/(pods|replicasets\.apps)|((requests|limits)\.)?(cpu|memory)|(requests|limits)\.ephemeral-storage)$/

/** A ResourceQuota of c8s-system that is used up keeps replicas from being replaced. */
export const quota: DoctorCheck = {
  id: 'quota',
  judge: ({ quotas }) =>
    whenRead(quotas, (found) =>
      found.length === 0
        ? [ok('c8s-system has no ResourceQuota')]
        : orOk(found.flatMap(judgeQuota), 'the ResourceQuotas of c8s-system have room'),
    ),
}

function judgeQuota({ metadata, status }: Quota): readonly Said[] {
  const { hard = {}, used = {} } = status ?? {}
  const full = Object.entries(hard)
    .filter(([name]) => taken.test(name))
    .filter(([name, most]) => (compareQuantities(used[name] ?? '0', most) ?? -1) >= 0)
  if (full.length === 0) return []
  const list = full.map(([name, most]) => `${name} (${most})`).join(', ')
  const remedy = `a replica that dies, or a rollout, finds no room: kubectl -n c8s-system edit resourcequota ${metadata.name ?? ''}`
  return [warning(`ResourceQuota ${metadata.name ?? ''} of c8s-system is used up: ${list}`, remedy)]
}
