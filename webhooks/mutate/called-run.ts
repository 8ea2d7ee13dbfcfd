import type { PipelineRun } from '../../crds/kinds.ts'
import { controllerUser } from '../../crds/labels.ts'
import { findFullCommit, isApproved } from '../../crds/trust.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { type JsonRecord, toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { readSpec } from './run-source.ts'

/** How many runs may stand above each other, the first included. */
export const deepestCall = 5

/** The run and step that a new run says it was called by; whether that is so the validating webhook proves. */
export interface CallClaim {
  readonly name: string
  readonly uid: string
  readonly step: string
}

/** Only the controller makes called runs: what anybody else says of a parent counts for nothing, and is refused. */
export function findCall(request: AdmissionRequest): CallClaim | undefined {
  const { parent } = readSpec(request)
  if (parent === undefined || request.operation !== 'CREATE' || request.user.username !== controllerUser)
    return undefined
  const { name, uid, step } = toRecord(parent)
  return { name: toText(name) ?? '', uid: toText(uid) ?? '', step: toText(step) ?? '' }
}

/** The runs that stand above a called one, nearest first, as far as they have been read and are the ones that are meant. */
export interface Callers {
  readonly runs: readonly PipelineRun[]
  /** Name of the next one to read; undefined where all are known, or the line is broken. */
  readonly next?: string
  /** Name of one that is not there, or is another run of that name. */
  readonly gone?: string
}

/** One more than may be, so that it is seen that there are too many. */
export function listCallers(request: AdmissionRequest, facts: Facts): Callers {
  const runs: PipelineRun[] = []
  let wanted: Pick<CallClaim, 'name' | 'uid'> | undefined = findCall(request)
  while (wanted !== undefined && runs.length < deepestCall) {
    const { name, uid } = wanted
    if (!facts.runs.has(name)) return { runs, next: name }
    const run = facts.runs.get(name)
    if (run === undefined || run.metadata.uid !== uid) return { runs, gone: name }
    runs.push(run)
    wanted = run.spec.parent
  }
  return { runs }
}

/** The run above a called one, once it is read: one read after the other, each by name. */
export function planCallReads(request: AdmissionRequest, facts: Facts): FactNeeds {
  const { next } = listCallers(request, facts)
  return next === undefined ? {} : { run: next }
}

/** What a called run has from its caller, and from nowhere else. */
const inheritedFields = ['commit', 'branch', 'tag', 'event', 'triggeredBy', 'approvedCommit', 'approvedBy'] as const

/**
 * A called run is of the same commit, event and trust as its caller, and in the name of the same person: copied here from
 * the calling run as it is stored, whatever was sent.
 */
export function inheritCall(request: AdmissionRequest, facts: Facts): AdmissionRequest {
  const { object } = request
  if (object === undefined || findCall(request) === undefined) return request
  const [caller] = listCallers(request, facts).runs
  const own = Object.entries(readSpec(request)).filter(([key]) => !inheritedFields.some((field) => field === key))
  const inherited = caller === undefined ? { commit: readSpec(request)['commit'] } : pickInherited(caller)
  return { ...request, object: { ...object, spec: { ...Object.fromEntries(own), ...inherited } } as KubeObject }
}

function pickInherited(caller: PipelineRun): JsonRecord {
  const { spec } = caller
  const { approvedCommit, approvedBy } = isApproved(caller) ? spec : {}
  const picked = { ...spec, commit: findFullCommit(caller) ?? spec.commit, approvedCommit, approvedBy }
  return Object.fromEntries(
    inheritedFields.flatMap((field) => (picked[field] === undefined ? [] : [[field, picked[field]]])),
  )
}

/** Whether a file of the commit stands above: what may be had then is what a file may have (docs/adr/0152). */
export function isCalledByFile(request: AdmissionRequest, facts: Facts): boolean {
  return listCallers(request, facts).runs.some(
    ({ spec }) => spec.event !== undefined && spec.pipelineConfigRef === undefined,
  )
}
