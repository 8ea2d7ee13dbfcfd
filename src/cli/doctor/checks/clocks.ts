import { type DoctorCheck, listSome, orOk, type Said, warning, whenRead } from '../check.ts'
import type { DoctorFacts, Lease, ServerFacts } from '../facts.ts'

/** Less cannot be told: an answer's Date has whole seconds, and a call takes its time. */
const skewSeconds = 5

/** This machine, the nodes and the leader agree with the API server on what time it is. */
export const clocks: DoctorCheck = {
  id: 'clocks',
  judge: (facts) =>
    whenRead(facts.server, (server) =>
      orOk(
        [...judgeOwn(server), ...judgeLeases(facts, server)],
        'this machine, the nodes and the leader agree on the time',
      ),
    ),
}

function judgeOwn({ date, askedAt }: ServerFacts): readonly Said[] {
  if (date === undefined)
    return [warning('the API server tells no time', 'is there a proxy in between that drops the Date header?')]
  const seconds = Math.round((askedAt - date) / 1000)
  if (Math.abs(seconds) <= skewSeconds) return []
  const message = `the clock of this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} the API server's`
  return [warning(message, 'let NTP set the clocks, of this machine and of the control plane')]
}

/** Who renews a lease writes its own time: one in the future comes from a clock that is ahead. One that is behind looks like a late renewal. */
function judgeLeases({ lease, nodeLeases }: DoctorFacts, server: ServerFacts): readonly Said[] {
  const now = server.date ?? server.askedAt
  const isAhead = ({ spec }: Lease) => Date.parse(spec?.renewTime ?? '') - now > skewSeconds * 1000
  const nodes = 'value' in nodeLeases ? nodeLeases.value.filter(isAhead).map(({ metadata }) => metadata.name ?? '') : []
  const leads = 'value' in lease && lease.value !== undefined && isAhead(lease.value)
  const remedy = 'let NTP set the clocks of the nodes'
  return [
    ...(nodes.length === 0
      ? []
      : [warning(`clocks are ahead of the API server's on nodes ${listSome(nodes)}`, remedy)]),
    ...(leads ? [warning("the clock of the leading controller's node is ahead of the API server's", remedy)] : []),
  ]
}
