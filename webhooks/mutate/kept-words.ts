import { isKeptByOthers } from '../../src/engine/retention/keepers.ts'
import { isRecord, type JsonRecord, toRecord } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'

/**
 * A tool that owns a run applies it as Git has it, without what people said to it since. Flux even takes back what came by
 * kubectl, and would be refused for it for ever. So what such a run was told stays where the tool leaves it out.
 */
export function keepWords(spec: JsonRecord, { oldObject }: Pick<AdmissionRequest, 'oldObject'>): JsonRecord {
  if (oldObject === undefined || !isKeptByOthers(oldObject)) return spec
  const old = toRecord(toRecord(oldObject)['spec'])
  const kept = { ...pick('cancel', spec, old), ...pick('approvedCommit', spec, old), ...joinApprovals(spec, old) }
  return Object.keys(kept).length === 0 ? spec : { ...spec, ...kept }
}

function pick(word: string, spec: JsonRecord, old: JsonRecord): JsonRecord {
  return spec[word] === undefined && old[word] !== undefined ? { [word]: old[word] } : {}
}

/** Step by step: what is said differently now is not put right, but refused. */
function joinApprovals(spec: JsonRecord, old: JsonRecord): JsonRecord {
  const [sent, before] = [toRecord(spec['approvals']), toRecord(old['approvals'])]
  if (spec['approvals'] !== undefined && !isRecord(spec['approvals'])) return {}
  const isWhole = Object.keys(before).every((step) => Object.hasOwn(sent, step))
  return isWhole ? {} : { approvals: { ...before, ...sent } }
}
