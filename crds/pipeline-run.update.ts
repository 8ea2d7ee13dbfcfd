import { type FieldError, quoteValue } from '../src/lib/field-error.ts'
import { isSameJson } from '../src/lib/json-equal.ts'
import { isRecord } from './inspect.ts'
import type { PipelineRunSpec, PipelineRunStatus, RunPhase, StepPhase, StepStatus } from './pipeline-run.ts'
import { fixedFields } from './run-changes.ts'
import { findFullCommit } from './trust.ts'

/**
 * ```
 *  (none) → Pending → Running → Succeeded | Failed | Cancelled
 *               └───────────────────┘ (also straight to the end)
 * ```
 */
function isTerminal(phase: RunPhase | StepPhase | undefined): boolean {
  return phase !== undefined && phase !== 'Pending' && phase !== 'Running'
}

/** A run's spec stays as it was created, but for cancel, which goes to true once, and for its approval. */
export function validateSpecChange(
  spec: Partial<PipelineRunSpec>,
  old: Partial<PipelineRunSpec>,
  at = 'spec',
): FieldError[] {
  const changed = fixedFields.filter((field) => !isSameJson(spec[field], old[field]))
  return [
    ...changed.map(
      (field): FieldError => ({
        path: `${at}.${field}`,
        code: 'Immutable',
        message: 'cannot be changed once the run exists',
        hint: 'create another run',
      }),
    ),
    ...(old.cancel === true && spec.cancel !== true ? [cannotResume(at)] : []),
  ]
}

function cannotResume(at: string): FieldError {
  const message = 'a run that was cancelled cannot be started again'
  return { path: `${at}.cancel`, code: 'Immutable', message, hint: 'create another run' }
}

/** A run as it is stored, while a change of it is judged. */
export interface RunBefore {
  readonly spec: Partial<PipelineRunSpec>
  readonly status: PipelineRunStatus
}

/**
 * An approval is for exactly one commit of one run that waits for it, and stays. Who may give it is for the webhook to
 * say. Judged by the run as it was: the same update could bring a plan or a status of its own.
 */
export function validateApprovalChange(
  { approvedCommit }: Partial<PipelineRunSpec>,
  { spec: old, status }: RunBefore,
  at = 'spec',
): FieldError[] {
  const path = `${at}.approvedCommit`
  if (approvedCommit === old.approvedCommit) return []
  if (old.approvedCommit !== undefined) {
    return [{ path, code: 'Immutable', message: 'an approval cannot be taken back', hint: 'cancel the run' }]
  }
  if (old.plan?.untrusted === undefined) {
    return [{ path, code: 'Invalid', message: 'nothing waits for approval: the commit of this run is trusted' }]
  }
  const commit = findFullCommit({ spec: { ...old, commit: old.commit ?? '' }, status })
  return approvedCommit === commit ? [] : [refuseCommit(path, commit)]
}

function refuseCommit(path: string, commit: string | undefined): FieldError {
  const message =
    commit === undefined
      ? 'the commit of this run is not known in full yet, and only a full one can be approved'
      : `must be ${commit}: an approval is for exactly the commit that this run runs`
  return { path, code: 'Invalid', message }
}

/** Phases of a run and of its steps only go forward, and the last one stays. */
export function validateStatusChange(
  status: PipelineRunStatus = {},
  old: PipelineRunStatus = {},
  at = 'status',
): FieldError[] {
  const before = new Map(old.steps?.map((step) => [step.name, step]))
  const steps = (status.steps ?? []).flatMap((step, index) =>
    checkPhase(step.phase, before.get(step.name)?.phase, `${at}.steps[${index}].phase`),
  )
  return [...checkPhase(status.phase, old.phase, `${at}.phase`), ...steps, ...findLostSteps(status.steps, before, at)]
}

function checkPhase(
  phase: RunPhase | StepPhase | undefined,
  old: RunPhase | StepPhase | undefined,
  path: string,
): FieldError[] {
  if (old === undefined || phase === old) return []
  if (isTerminal(old))
    return [{ path, code: 'Immutable', message: `${old} is final and cannot become ${phase ?? 'empty'}` }]
  const isBack = phase === undefined || (old === 'Running' && phase === 'Pending')
  return isBack ? [{ path, code: 'Immutable', message: `cannot go back from ${old} to ${phase ?? 'empty'}` }] : []
}

function findLostSteps(
  steps: readonly StepStatus[] | undefined,
  before: ReadonlyMap<string, StepStatus>,
  at: string,
): FieldError[] {
  const present = new Set(steps?.map(({ name }) => name))
  const lost = [...before.values()].filter(({ name, phase }) => isTerminal(phase) && !present.has(name))
  return lost.map(({ name }) => ({
    path: `${at}.steps`,
    code: 'Immutable',
    message: `the step ${name}, which has ended, is gone`,
  }))
}

/** Status may tell of no step that the frozen plan does not have. A run without a plan is not judged. */
export function findUnplannedSteps(status: PipelineRunStatus, plan: unknown, at = 'status'): FieldError[] {
  if (!isRecord(plan)) return []
  const planned = new Set([...listNames(plan['steps']), ...listNames(plan['finally'])])
  return (status.steps ?? []).flatMap(({ name }, index): FieldError[] => {
    if (planned.has(name)) return []
    const message = `there is no step ${quoteValue(name)} in the plan of the run`
    return [{ path: `${at}.steps[${index}].name`, code: 'UnknownStep', message }]
  })
}

/** Of a step with legs, their names. */
function listNames(steps: unknown): unknown[] {
  if (!Array.isArray(steps)) return []
  return steps.flatMap((step: unknown) => {
    if (!isRecord(step)) return []
    return Array.isArray(step['legs']) ? listNames(step['legs']) : [step['name']]
  })
}
