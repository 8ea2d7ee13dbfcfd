import { type DoctorCheck, error, ok, whenRead } from '../check.ts'
import type { Lease, ServerFacts } from '../facts.ts'

const remedy = 'kubectl -n c8s-system get lease,pods; kubectl -n c8s-system logs deployment/c8s-controller'
/** Beyond the duration of the lease: writes take a moment, and the Date of an answer has whole seconds. */
const graceSeconds = 5

/** One controller leads, and says so. */
export const leader: DoctorCheck = {
  id: 'leader',
  judge: ({ lease, server }) => whenRead(lease, (found) => whenRead(server, (known) => [judgeLease(found, known)])),
}

function judgeLease(lease: Lease | undefined, { date, askedAt }: ServerFacts) {
  if (lease === undefined) return error('no controller has ever led: there is no Lease', remedy)
  const { holderIdentity = '', renewTime = '', leaseDurationSeconds = 15 } = lease.spec ?? {}
  if (holderIdentity === '') return error('no controller leads: the Lease has no holder', remedy)
  const age = Math.round(((date ?? askedAt) - Date.parse(renewTime)) / 1000)
  const pod = holderIdentity.split('_')[0] ?? ''
  if (!(age <= leaseDurationSeconds + graceSeconds)) {
    return error(`no controller leads: ${pod} renewed the Lease last at ${renewTime || 'an unknown time'}`, remedy)
  }
  return ok(`${pod} leads`)
}
