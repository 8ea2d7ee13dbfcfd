import type { ApprovalGate } from '../../crds/parts/gates.ts'
import { type PipelineRunSpec, pipelineRun } from '../../crds/pipeline-run.ts'
import { repairValue } from '../../crds/repair.ts'
import { toNode } from '../../crds/schema.ts'
import { findApprovalGate, listNewWords } from '../../crds/step-approvals.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import { isSameJson } from '../../src/lib/json-equal.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { askApprove, type FactNeeds, type Facts, toRightKey } from '../facts.ts'
import { isRecord, toRecord } from '../json.ts'
import { isSystemAccount } from '../mutate/run-source.ts'
import type { AdmissionRequest } from '../request.ts'

interface SpokenWords {
  /** The run's spec as it was and as it is to be, of the schema's shape. */
  readonly old: PipelineRunSpec
  readonly spec: PipelineRunSpec
  /** Steps that something is newly said to. */
  readonly steps: readonly string[]
}

const specNode = toNode(pipelineRun).properties?.['spec'] ?? {}
const readShape = (spec: unknown) => repairValue(spec, specNode) as PipelineRunSpec

/** Undefined for the many updates that say nothing to a step. */
function findWords({ object, oldObject, operation }: AdmissionRequest): SpokenWords | undefined {
  const [spec, old] = [object, oldObject].map((one) => toRecord(toRecord(one)['spec']))
  const isSame = isSameJson(spec?.['approvals'], old?.['approvals'])
  const isRecorded = isSameJson(spec?.['approvalRecords'], old?.['approvalRecords'])
  if (operation !== 'UPDATE' || (isSame && isRecorded)) return undefined
  const [now, before] = [readShape(spec), readShape(old)]
  return { spec: now, old: before, steps: listNewWords(now.approvals, before.approvals) }
}

export function planStepApprovalReads(request: AdmissionRequest): FactNeeds {
  const steps = findWords(request)?.steps ?? []
  return steps.length === 0 ? {} : { rights: [askApprove(request.user, request.name)] }
}

/** Nobody can look at what a run has done before there is one. */
export function refuseEarlyWords({ object }: AdmissionRequest): readonly FieldError[] {
  const { approvals } = toRecord(toRecord(object)['spec'])
  if (!isRecord(approvals) || Object.keys(approvals).length === 0) return []
  const message = 'nobody can approve a step of a run before the run exists'
  return [{ path: 'spec.approvals', code: 'Forbidden', message, hint: 'create the run without it, then patch it' }]
}

/** Who lets a step go on: by right, by the step's list, by four eyes. What may be said at all the rules of crds say. */
export function validateStepApprovers(request: AdmissionRequest, facts: Facts): readonly FieldError[] {
  const words = findWords(request)
  if (words === undefined) return []
  const may = facts.rights.get(toRightKey(askApprove(request.user, request.name))) === true
  const errors = words.steps.flatMap((step) => {
    const gate = findApprovalGate(words.old.plan, step)
    // A step that waits for nobody is refused by the rules already.
    const refusal = gate === undefined ? undefined : refuseApprover({ request, gate, old: words.old, may })
    return refusal === undefined ? [] : [{ ...refusal, path: `spec.approvals[${step}]` }]
  })
  return errors.length > 0 ? errors : refuseForgedRecords(request, words)
}

interface Speaking {
  readonly request: AdmissionRequest
  readonly gate: ApprovalGate
  readonly old: PipelineRunSpec
  readonly may: boolean
}

function refuseApprover({ request, gate, old, may }: Speaking): Omit<FieldError, 'path'> | undefined {
  const { user, namespace } = request
  if (isSystemAccount(user)) return forbid('an account of c8s itself approves nothing: a person does')
  if (!may) {
    const hint = 'an admin can grant the verb "approve" on pipelineruns.c8s.dev'
    return forbid(`you may not approve runs in the namespace "${namespace}"`, hint)
  }
  if (gate.approvers !== undefined && !gate.approvers.some((approver) => isApprover(approver, user))) {
    return forbid(`you are none of its approvers: ${listSome(gate.approvers)}`)
  }
  if (gate.fourEyes !== true || !isAsker(old, user)) return undefined
  return forbid(
    `it needs four eyes, and "${old.triggeredBy ?? ''}", who asked for the run, is you`,
    'ask somebody else',
  )
}

function forbid(message: string, hint?: string): Omit<FieldError, 'path'> {
  return { code: 'ApprovalForbidden', message, ...(hint === undefined ? {} : { hint }) }
}

function isApprover(approver: string, { username, groups = [] }: UserInfo): boolean {
  const prefix = 'group:'
  return approver.startsWith(prefix) ? groups.includes(approver.slice(prefix.length)) : approver === username
}

function listSome(names: readonly string[]): string {
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`
}

/**
 * Whether the run was asked for by this user. A forge has other names than the cluster: of a run that an event asked for,
 * a user counts as the asker whose name, without prefix and domain, is that at the forge. Rather one too many than one
 * too few: somebody else can still approve.
 */
function isAsker({ triggeredBy = '', event }: PipelineRunSpec, { username }: UserInfo): boolean {
  if (triggeredBy === username) return true
  if (event === undefined) return false
  const askers = [triggeredBy, event.sender ?? ''].filter((name) => name !== '').map(toPlainName)
  return askers.includes(toPlainName(username))
}

/** `oidc:Ann@example.com` and `github:ann` are both `ann`. */
function toPlainName(name: string): string {
  const plain = name.slice(name.lastIndexOf(':') + 1)
  return (plain.split('@')[0] ?? '').toLowerCase()
}

/** The last look: whatever was between the two webhooks, the records are what c8s wrote. */
function refuseForgedRecords({ user }: AdmissionRequest, { old, spec, steps }: SpokenWords): readonly FieldError[] {
  const isTrue = Object.entries(spec.approvalRecords ?? {}).every(([step, record]) =>
    steps.includes(step) ? record.by === user.username : isSameJson(record, old.approvalRecords?.[step]),
  )
  const kept = Object.keys({ ...old.approvalRecords, ...Object.fromEntries(steps.map((step) => [step, true])) })
  if (isTrue && kept.every((step) => spec.approvalRecords?.[step] !== undefined)) return []
  const message = 'is not what c8s wrote: something changed it on the way'
  return [{ path: 'spec.approvalRecords', code: 'Forbidden', message, hint: 'look for another mutating webhook' }]
}
