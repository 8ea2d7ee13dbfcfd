import type { PipelineRun } from '../../crds/kinds.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { findFullCommit } from '../../crds/trust.ts'
import { findObstacle, listReused } from '../../src/engine/rerun/take-over.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import { isSameJson } from '../../src/lib/json-equal.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { FactNeeds, Facts } from '../facts.ts'
import { type JsonRecord, toRecord, toText } from '../json.ts'
import type { AdmissionRequest } from '../request.ts'
import { readSpec } from './run-source.ts'

/** What a run that runs another again has from that one, and from nowhere else. */
const copiedFields = [
  'pipelineConfigRef',
  'pipelineSpec',
  'commit',
  'branch',
  'tag',
  'event',
  'params',
  'matrixIndex',
] as const

/** What a rerun may not bring: it says nothing about the commit, or is said once the run is there. */
const foreignFields = ['rejected', 'approvedCommit'] as const

interface Rerun {
  readonly name: string
  readonly isFromFailed: boolean
}

function findRerun(request: AdmissionRequest): Rerun | undefined {
  const { run, from } = toRecord(readSpec(request)['rerunOf'])
  const name = toText(run)
  if (name === undefined || request.operation !== 'CREATE') return undefined
  return { name, isFromFailed: from === 'Failed' }
}

/** The earlier run, read live: it may have ended a moment ago. */
export function planRerunReads(request: AdmissionRequest, facts: Facts): FactNeeds {
  const rerun = findRerun(request)
  return rerun === undefined || facts.runs.has(rerun.name) ? {} : { run: rerun.name }
}

/** The run that is run again; undefined also where it cannot be, which findRerunFaults tells. */
function findEarlier(request: AdmissionRequest, facts: Facts): PipelineRun | undefined {
  const earlier = facts.runs.get(findRerun(request)?.name ?? '')
  return earlier?.spec.plan === undefined || earlier.spec.parent !== undefined ? undefined : earlier
}

/**
 * A run that runs another again is of the same commit, event and pipeline: copied here from the earlier run as it is
 * stored, whatever was sent. So what is known of its trust, and who speaks for its Secrets, is as it was; approvals are not.
 */
export function inheritRerun(request: AdmissionRequest, facts: Facts): AdmissionRequest {
  const { object } = request
  const earlier = findEarlier(request, facts)
  if (object === undefined || earlier === undefined) return request
  const sent = readSpec(request)
  const own = Object.entries(sent).filter(([key]) => !copiedFields.some((field) => field === key))
  const spec = { ...Object.fromEntries(own), ...pickCopied(earlier, sent) }
  return { ...request, object: { ...object, spec } as KubeObject, isRerun: true }
}

/** The commit in full, where it is known; as it was written, where that is what was sent. */
function pickCopied(earlier: PipelineRun, sent: JsonRecord): JsonRecord {
  const { spec } = earlier
  const commit = sent['commit'] === spec.commit ? spec.commit : (findFullCommit(earlier) ?? spec.commit)
  const picked = { ...spec, commit }
  return Object.fromEntries(
    copiedFields.flatMap((field) => (picked[field] === undefined ? [] : [[field, picked[field]]])),
  )
}

/** The plan with what the earlier run has done already, where that is asked for and can be. */
export function takeOver(plan: Plan, request: AdmissionRequest, facts: Facts): Plan {
  const earlier = findEarlier(request, facts)
  const isWanted = findRerun(request)?.isFromFailed === true
  if (!isWanted || earlier === undefined || findObstacle(earlier, plan) !== undefined) return plan
  const reused = listReused(earlier)
  return reused.length === 0 ? plan : { ...plan, reused: [...reused] }
}

const at = 'spec.rerunOf'

/** Why a run cannot run another again. Told by the mutating webhook: the schema would only say that a commit is missing. */
export function findRerunFaults(
  sent: AdmissionRequest,
  facts: Facts,
  freeze: () => Plan | undefined,
): readonly FieldError[] {
  const rerun = findRerun(sent)
  if (rerun === undefined) return []
  const { name } = rerun
  const found = facts.runs.get(name)
  if (found === undefined) {
    const hint = 'kubectl get c8spr lists the runs of the namespace'
    return [{ path: `${at}.run`, code: 'NotFound', message: `PipelineRun "${name}" does not exist`, hint }]
  }
  const earlier = findEarlier(sent, facts)
  if (earlier === undefined) return [refuseEarlier(found)]
  const plan = rerun.isFromFailed ? freeze() : undefined
  const obstacle = plan === undefined ? undefined : findObstacle(earlier, plan)
  return [
    ...findOthers(sent, earlier),
    ...(obstacle === undefined
      ? []
      : [{ path: `${at}.from`, code: 'Invalid' as const, message: `Failed: ${obstacle}`, hint: 'use from: Start' }]),
  ]
}

function refuseEarlier({ metadata: { name = '' }, spec: { parent } }: PipelineRun): FieldError {
  const path = `${at}.run`
  if (parent === undefined) {
    return { path, code: 'Invalid', message: `run "${name}" has no plan, so there is nothing to run again` }
  }
  const message = `run "${name}" is the step ${parent.step} of run "${parent.name}"`
  return { path, code: 'Invalid', message, hint: `run "${parent.name}" again` }
}

function findOthers(sent: AdmissionRequest, earlier: PipelineRun): readonly FieldError[] {
  const spec = readSpec(sent)
  const copied = pickCopied(earlier, spec)
  const changed = copiedFields.filter((field) => spec[field] !== undefined && !isSameJson(spec[field], copied[field]))
  const foreign = foreignFields.filter((field) => spec[field] !== undefined)
  return [
    ...changed.map((field) => {
      const message = `is copied from run "${earlier.metadata.name ?? ''}" and can be no other`
      return { path: `spec.${field}`, code: 'Invalid' as const, message, hint: 'leave it out' }
    }),
    ...foreign.map((field) => {
      const message = 'cannot be given with rerunOf'
      return { path: `spec.${field}`, code: 'Forbidden' as const, message, hint: 'leave it out' }
    }),
  ]
}
