import type { PipelineRun } from '../../crds/kinds.ts'
import { controllerUser, labels, podNames } from '../../crds/labels.ts'
import { nameJob } from '../../crds/names.ts'
import { findPlannedStep } from '../../crds/planned-steps.ts'
import { isHeld } from '../../crds/step-approvals.ts'
import { isPlaced, isUnapproved } from '../../crds/trust.ts'
import { judgeCondition } from '../../src/engine/condition/judge-condition.ts'
import { toArguments } from '../../src/engine/job/arguments.ts'
import { findBlockers, isFinal } from '../../src/engine/needs.ts'
import type { ErrorCode } from '../../src/lib/error-codes.ts'
import type { FieldError } from '../../src/lib/field-error.ts'
import type { Container, Job } from '../../src/lib/kubernetes.ts'
import type { Facts } from '../facts.ts'
import { findRunName, findStep, type StepOfRun } from '../mutate/step-job.ts'
import type { AdmissionRequest } from '../request.ts'
import { validateStepPolicy } from './policy.ts'
import { refuseOver } from './step-over.ts'

const labelPath = (key: string) => `metadata.labels[${key}]`

/** Only the controller makes a run's Jobs, and only the Jobs that the frozen plan has, when their turn has come. */
export function validateStepJob(request: AdmissionRequest, facts: Facts): readonly FieldError[] {
  const job = request.object as Job
  if (request.user.username !== controllerUser) {
    const message = `only ${controllerUser} may create a Job of this type`
    return [
      { ...fault(labelPath(labels.jobType), 'Forbidden', message), hint: `for your own use ${labels.jobType}: own` },
    ]
  }
  const found = findStep(job, facts)
  if (found === undefined) return refuseUnknown(job, facts)
  return [...judgeByRun(job, found), ...validateStepPolicy(found, facts)]
}

/** What the run itself says to the Job. */
export function judgeByRun(job: Job, found: StepOfRun): readonly FieldError[] {
  return [
    ...validateOwner(job, found),
    ...validateContainer(job, found),
    ...refuseOver(found),
    ...validateTurn(found),
    ...validateApproval(found),
    ...validateStepApproval(found),
  ]
}

function fault(path: string, code: ErrorCode, message: string): FieldError {
  return { path, code, message }
}

function refuseUnknown(job: Job, facts: Facts): readonly FieldError[] {
  const name = findRunName(job)
  const run = facts.runs.get(name ?? '')
  if (name === undefined) return [fault('metadata.ownerReferences', 'NotInPlan', 'no PipelineRun owns the Job')]
  if (run === undefined) return [fault('metadata.ownerReferences', 'NotFound', `PipelineRun "${name}" does not exist`)]
  const step = job.metadata.labels?.[labels.step] ?? ''
  if (run.spec.plan === undefined)
    return [fault('metadata.ownerReferences', 'NotInPlan', `PipelineRun "${name}" has no plan`)]
  return [fault(labelPath(labels.step), 'NotInPlan', `the plan of PipelineRun "${name}" has no step "${step}"`)]
}

function validateOwner(job: Job, { run, step }: StepOfRun): readonly FieldError[] {
  const { name = '', uid = '' } = run.metadata
  const attempt = job.metadata.labels?.[labels.attempt] ?? ''
  if (!job.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.name === name)) {
    return [fault('metadata.ownerReferences', 'NotInPlan', `PipelineRun "${name}" has another uid than the owner`)]
  }
  if (job.metadata.labels?.[labels.runUid] !== uid) {
    return [fault(labelPath(labels.runUid), 'NotInPlan', `must be the uid of PipelineRun "${name}"`)]
  }
  if (!/^[1-9][0-9]{0,2}$/.test(attempt)) {
    return [fault(labelPath(labels.attempt), 'NotInPlan', 'must be a number from 1 to 999')]
  }
  const wanted = nameJob({ run: name, runUid: uid, step: step.name, attempt: Number(attempt) })
  if (job.metadata.name === wanted) return []
  return [fault('metadata.name', 'NotInPlan', `attempt ${attempt} of step "${step.name}" is called ${wanted}`)]
}

function validateContainer(job: Job, { step }: StepOfRun): readonly FieldError[] {
  const at = 'spec.template.spec.containers'
  const containers = job.spec?.template?.spec?.containers ?? []
  const index = containers.findIndex(({ name }) => name === podNames.stepContainer)
  const container = containers[index]
  if (container === undefined) return [fault(at, 'NotInPlan', `has no container "${podNames.stepContainer}"`)]
  const image = container.image === step.image ? [] : [`${at}[${index}].image`]
  const args = isSameList(container, toArguments(step.commands ?? [])) ? [] : [`${at}[${index}].args`]
  return [...image, ...args].map((path) =>
    fault(path, 'NotInPlan', `is not what the plan says for step "${step.name}"`),
  )
}

function isSameList({ args = [] }: Container, wanted: readonly string[]): boolean {
  return args.length === wanted.length && wanted.every((part, index) => args[index] === part)
}

/** The run goes on, the step's condition holds and its needs are met, by what is stored. */
export function validateTurn({ run, plan, step }: StepOfRun): readonly FieldError[] {
  const path = labelPath(labels.step)
  const end = describeEnd(run, findPlannedStep(plan, step.name)?.isFinally === false)
  if (end !== undefined) return [fault(path, 'Forbidden', `PipelineRun "${run.metadata.name ?? ''}" ${end}`)]
  const rows = run.status?.steps ?? []
  const states = new Map(rows.map((row) => [row.name, row]))
  const verdict = judgeCondition(step, run, (name) => states.get(name))
  if (verdict.kind === 'unmet') {
    return [fault(path, 'NotInPlan', `the condition of step "${step.name}" does not hold: ${verdict.message}`)]
  }
  const blockers = findBlockers(plan, rows, step.name) ?? []
  if (blockers.length === 0 && verdict.kind === 'met') return []
  const list = blockers.slice(0, 10).join(', ') || 'what its condition asks about'
  return [fault(path, 'NeedsNotMet', `step "${step.name}" has to wait: ${list} must come first`)]
}

/** The controller holds such a run back; this holds whatever the controller does. */
function validateApproval({ run, plan, step }: StepOfRun): readonly FieldError[] {
  const hasSecrets = (step.secrets ?? []).length > 0
  if (!isUnapproved(run) || (!hasSecrets && !isPlaced(step))) return []
  const what = hasSecrets ? 'Secrets' : 'a service account, or nodes that are kept for others'
  const message = `step "${step.name}" would get ${what}, but ${plan.untrusted?.message ?? 'nobody has approved the commit'}`
  return [fault(labelPath(labels.step), 'ApprovalRequired', message)]
}

/** A person lets the step go on, whatever the controller does. */
export function validateStepApproval({ run, step }: StepOfRun): readonly FieldError[] {
  if (!isHeld(run.spec, step)) return []
  const message = `step "${step.name}" waits for an approval in spec.approvals of PipelineRun "${run.metadata.name ?? ''}"`
  return [fault(labelPath(labels.step), 'ApprovalRequired', message)]
}

/** The finally steps of a cancelled run still run; of an ended run nothing does. */
function describeEnd({ metadata, spec, status }: PipelineRun, isMain: boolean): string | undefined {
  if (status?.phase !== undefined && isFinal({ phase: status.phase })) return `has ended (${status.phase})`
  if ((metadata.deletionTimestamp ?? '') !== '') return 'is being deleted'
  return spec.cancel === true && isMain ? 'was cancelled' : undefined
}
