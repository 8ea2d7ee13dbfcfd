import type { PipelineRun } from '../../crds/kinds.ts'
import { isApproved } from '../../crds/trust.ts'
import type { Facts } from '../facts.ts'
import { isRecord, type JsonRecord, toRecord, toText } from '../json.ts'
import { readSpec } from '../mutate/run-source.ts'
import type { AdmissionRequest } from '../request.ts'
import type { Notes } from './notes.ts'

/** The object may be anything that the API server lets through to a webhook: only the fields that are read are looked at. */
export function describeRun(request: AdmissionRequest, _facts: Facts): Notes {
  const spec = readSpec(request)
  const event = toRecord(spec['event'])
  const plan = toRecord(spec['plan'])
  return {
    'triggered-by': toText(spec['triggeredBy']),
    config: nameConfig(spec, plan),
    commit: toText(spec['commit']),
    'plan-hash': toText(plan['hash']),
    trust: judgeTrust(request, spec),
    event: toText(event['type']),
    connection: toText(event['connection']),
    'received-by': toText(event['receivedBy']),
    'rerun-of': toText(toRecord(spec['rerunOf'])['run']),
    parent: toText(toRecord(spec['parent'])['name']),
    rejected: toText(toRecord(spec['rejected'])['reason']),
    ...(request.operation === 'UPDATE' ? describeChange(request, spec) : {}),
  }
}

/** `web@3`; `file:web` for a file of the commit, `inline` for what somebody sent. */
function nameConfig(spec: JsonRecord, plan: JsonRecord): string | undefined {
  const { name, generation } = toRecord(plan['source'])
  if (toText(name) !== undefined) return `${String(name)}@${String(generation)}`
  const pipeline = toText(toRecord(spec['event'])['pipeline'])
  if (spec['pipelineSpec'] !== undefined) return pipeline === undefined ? 'inline' : `file:${pipeline}`
  return toText(spec['pipelineConfigRef'])
}

/** `trusted`, or why it is not; whether somebody has approved it all the same. */
function judgeTrust({ object }: AdmissionRequest, spec: JsonRecord): string | undefined {
  if (!isRecord(spec['plan'])) return undefined
  const reason = toText(toRecord(toRecord(spec['plan'])['untrusted'])['reason'])
  if (reason === undefined) return 'trusted'
  return isApproved(object as PipelineRun) ? `${reason}, approved` : reason
}

/** What a person did to a run that is there: approve its commit or a step, or cancel it. */
function describeChange({ user, oldObject }: AdmissionRequest, spec: JsonRecord): Notes {
  const before = toRecord(toRecord(oldObject)['spec'])
  const isNew = (field: string) => spec[field] !== undefined && spec[field] !== before[field]
  const known = toRecord(before['approvals'])
  const said = Object.entries(toRecord(spec['approvals'])).filter(([step, word]) => known[step] !== word)
  return {
    'approved-commit': isNew('approvedCommit') ? toText(spec['approvedCommit']) : undefined,
    'approved-by': isNew('approvedCommit') ? toText(spec['approvedBy']) : undefined,
    approvals: said.map(([step, word]) => `${step}=${String(word)}`).join(','),
    'approvals-by': said.length === 0 ? undefined : user.username,
    'cancelled-by': isNew('cancel') ? toText(spec['cancelledBy']) : undefined,
  }
}
