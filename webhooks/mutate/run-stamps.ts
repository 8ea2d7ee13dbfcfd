import { isDeepStrictEqual } from 'node:util'
import type { Plan } from '../../crds/pipeline-run.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { isRecord, type JsonRecord, toText } from '../json.ts'
import { warnRecords } from './approval-records.ts'
import { stampCancel } from './cancel-stamp.ts'
import { isOwnAccount } from './run-source.ts'

/** A spec as it is to be stored, and what the client hears of it. */
export interface StampedSpec {
  readonly spec: JsonRecord
  readonly warnings: readonly FieldError[]
}

interface Stamps {
  readonly user: UserInfo
  readonly triggeredAt: string
  readonly plan: Plan | undefined
}

/** Who asked, when, what for: whatever a client put there is replaced. c8s itself may name another, and is named beside. */
export function stampNewSpec(sent: JsonRecord, { user, triggeredAt, plan }: Stamps): StampedSpec {
  const { plan: _plan, approvedBy: _approver, approvalRecords: _records, cancelledBy: _who, event, ...rest } = sent
  const received = isRecord(event) && isOwnAccount(user) ? { ...event, receivedBy: user.username } : event
  const stamped: JsonRecord = {
    ...rest,
    ...(event === undefined ? {} : { event: received }),
    triggeredBy: nameWho(user, sent['triggeredBy']),
    triggeredAt,
    ...(toText(sent['approvedCommit']) === undefined ? {} : { approvedBy: nameWho(user, sent['approvedBy']) }),
    ...stampCancel(sent, {}, user),
    ...(plan === undefined ? {} : { plan }),
  }
  const spec = isDeepStrictEqual(stamped, sent) ? sent : stamped
  return {
    spec,
    warnings: [
      ...warnWho('triggeredBy', sent, spec),
      ...warnPlan(sent, spec),
      ...warnApprover(sent, spec),
      ...warnRecords(sent, spec),
    ],
  }
}

/** What c8s wrote into a spec at its creation. */
const createdFields = ['triggeredBy', 'triggeredAt', 'plan'] as const

/**
 * A manifest that names who asked can be applied again, and one replaced that never knew of the plan: what c8s wrote
 * comes back, so that the run's spec is what it was. Only who approves is written now, and only with the approval.
 */
export function stampChangedSpec(sent: JsonRecord, old: JsonRecord, user: UserInfo): StampedSpec {
  const { triggeredBy: _by, triggeredAt: _at, plan: _plan, cancelledBy: _who, ...kept } = sent
  const { approvedBy: claimed, approvedCommit, ...rest } = kept
  const isNew = toText(approvedCommit) !== undefined && approvedCommit !== old['approvedCommit']
  const approvedBy = isNew ? nameWho(user, claimed) : old['approvedBy']
  const stamped: JsonRecord = {
    ...rest,
    ...Object.fromEntries(createdFields.flatMap((field) => (old[field] === undefined ? [] : [[field, old[field]]]))),
    ...(approvedCommit === undefined ? {} : { approvedCommit }),
    ...(approvedBy === undefined ? {} : { approvedBy }),
    ...stampCancel(sent, old, user),
  }
  const spec = isDeepStrictEqual(stamped, sent) ? sent : stamped
  return { spec, warnings: warnApprover(sent, spec) }
}

function nameWho(user: UserInfo, claimed: unknown): string {
  return (isOwnAccount(user) ? toText(claimed) : undefined) ?? user.username
}

function warnWho(field: 'triggeredBy' | 'approvedBy', sent: JsonRecord, spec: JsonRecord): readonly FieldError[] {
  const claimed = toText(sent[field])
  if (claimed === undefined || claimed === spec[field]) return []
  const message = `replaced by "${toText(spec[field]) ?? ''}", the user who made the request`
  return [{ path: `spec.${field}`, code: 'Forbidden', message }]
}

function warnApprover(sent: JsonRecord, spec: JsonRecord): readonly FieldError[] {
  if (spec['approvedBy'] !== undefined) return warnWho('approvedBy', sent, spec)
  if (sent['approvedBy'] === undefined) return []
  return [{ path: 'spec.approvedBy', code: 'Forbidden', message: 'left out: nothing was approved' }]
}

function warnPlan(sent: JsonRecord, spec: JsonRecord): readonly FieldError[] {
  if (sent['plan'] === undefined || isDeepStrictEqual(sent['plan'], spec['plan'])) return []
  return [{ path: 'spec.plan', code: 'Forbidden', message: 'replaced: c8s freezes the plan itself' }]
}
