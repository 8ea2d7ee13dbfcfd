import { isDeepStrictEqual } from 'node:util'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { isRecord, type JsonRecord, toRecord } from '../json.ts'

interface Speaker {
  readonly user: UserInfo
  /** When, as it is written. */
  readonly at: string
}

/** Who said what was not said before, and when. Whatever a client put there is replaced; what was recorded stays. */
export function stampRecords(sent: JsonRecord, old: JsonRecord, { user, at }: Speaker): JsonRecord {
  const [words, before, records] = [sent['approvals'], old['approvals'], old['approvalRecords']].map(toRecord)
  const fresh = Object.keys(words ?? {}).filter((step) => !Object.hasOwn(before ?? {}, step))
  const wanted = { ...records, ...Object.fromEntries(fresh.map((step) => [step, { by: user.username, at }])) }
  if (isDeepStrictEqual(toRecord(sent['approvalRecords']), wanted)) return sent
  const { approvalRecords: _claimed, ...rest } = sent
  return Object.keys(wanted).length === 0 ? rest : { ...rest, approvalRecords: wanted }
}

/** Tells a client that what it wrote there does not count. */
export function warnRecords(sent: JsonRecord, stamped: JsonRecord): readonly FieldError[] {
  const kept = toRecord(stamped['approvalRecords'])
  const claimed = Object.entries(toRecord(sent['approvalRecords']))
  if (claimed.every(([step, record]) => isRecord(record) && isDeepStrictEqual(record, kept[step]))) return []
  const message = 'replaced: c8s records who approved what'
  return [{ path: 'spec.approvalRecords', code: 'Forbidden', message }]
}
