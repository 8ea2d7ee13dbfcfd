import { type FieldError, quoteValue } from '../src/lib/field-error.ts'
import type { ApprovalGate, approvalWords } from './parts/gates.ts'
import type { PipelineRunSpec, PipelineRunStatus, Plan } from './pipeline-run.ts'
import type { RunBefore } from './pipeline-run.update.ts'
import { listPlannedSteps, type PlannedStep } from './planned-steps.ts'

export type ApprovalWord = (typeof approvalWords)[number]

/** How long a step waits where its approval has no timeout. */
export const approvalTimeout = '168h'

/** What persons said in a run. A PipelineRunSpec fits. */
export type SaidInRun = Pick<PipelineRunSpec, 'approvals' | 'approvalRecords'>

export interface GivenApproval {
  readonly word: ApprovalWord
  /** Absent only where something else than the API server wrote the run. */
  readonly by?: string
}

/** The key of a step in spec.approvals: legs of a matrix wait for one word together. */
export function nameApproval({ of, name }: Pick<PlannedStep, 'of' | 'name'>): string {
  return of ?? name
}

/** What was said to the step; own keys only, whatever it is called. */
export function findApproval({ approvals, approvalRecords }: SaidInRun, step: PlannedStep): GivenApproval | undefined {
  const key = nameApproval(step)
  const word = readOwn(approvals, key)
  const by = readOwn(approvalRecords, key)?.by
  return word === undefined ? undefined : { word, ...(by === undefined ? {} : { by }) }
}

function readOwn<T>(map: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined
}

/** Whether a person still has to let the step go on, or has refused to. */
export function isHeld(spec: SaidInRun, step: PlannedStep): boolean {
  return step.approval !== undefined && findApproval(spec, step)?.word !== 'Approved'
}

/** Whether the approval is all there is to the step. */
export function isApprovalAlone({ approval, image, pipeline }: PlannedStep): boolean {
  return approval !== undefined && image === undefined && pipeline === undefined
}

/** The planned steps with an approval, by the key of their word. */
function groupWaiting(plan: Plan | undefined): ReadonlyMap<string, readonly PlannedStep[]> {
  if (plan === undefined) return new Map()
  return Map.groupBy(
    listPlannedSteps(plan).filter(({ approval }) => approval !== undefined),
    nameApproval,
  )
}

/** The gate that a word is about; undefined where no step of the plan has one of that name. */
export function findApprovalGate(plan: Plan | undefined, name: string): ApprovalGate | undefined {
  return groupWaiting(plan).get(name)?.[0]?.approval
}

/** Words that were not there before, by the step they are about. */
export function listNewWords(
  approvals: PipelineRunSpec['approvals'],
  before: PipelineRunSpec['approvals'],
): readonly string[] {
  return Object.keys(approvals ?? {}).filter((name) => readOwn(before, name) === undefined)
}

/**
 * Words stay as they were given; a new one is about a step of the plan that may still wait for it. Judged by the run as
 * it was, since the same update could bring a plan of its own. Who may give one is for the webhook to say.
 */
export function validateStepApprovals(
  { approvals }: Partial<PipelineRunSpec>,
  { spec: old, status }: RunBefore,
  at = 'spec',
): FieldError[] {
  const place = (name: string) => `${at}.approvals[${name}]`
  const lost = Object.entries(old.approvals ?? {}).filter(([name, word]) => readOwn(approvals, name) !== word)
  const waiting = groupWaiting(old.plan)
  return [
    ...lost.map(([name, word]): FieldError => {
      const message = `was ${word} and cannot be taken back or changed`
      return { path: place(name), code: 'Immutable', message, hint: 'cancel the run' }
    }),
    ...listNewWords(approvals, old.approvals).flatMap((name) => {
      const error = refuseWord(waiting, { name, status })
      return error === undefined ? [] : [{ ...error, path: place(name) }]
    }),
  ]
}

type Refusal = Omit<FieldError, 'path'>

function refuseWord(
  waiting: ReadonlyMap<string, readonly PlannedStep[]>,
  { name, status }: { readonly name: string; readonly status: PipelineRunStatus },
): Refusal | undefined {
  const steps = waiting.get(name)
  if (steps === undefined) return refuseUnknown(name, [...waiting.keys()])
  if (endedPhases.has(status.phase ?? '')) {
    return { code: 'Forbidden', message: `the run has ended (${status.phase ?? ''}): nothing waits for approval` }
  }
  const rows = new Map((status.steps ?? []).map((row) => [row.name, row]))
  const ends = steps.map((step) => rows.get(step.name))
  if (!ends.every((row) => endedPhases.has(row?.phase ?? ''))) return undefined
  const why = ends[0]?.reason === undefined ? '' : `: ${ends[0].reason}`
  return { code: 'Forbidden', message: `step ${quoteValue(name)} has ended (${ends[0]?.phase ?? ''}${why})` }
}

const endedPhases: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Cancelled', 'Skipped'])

function refuseUnknown(name: string, known: readonly string[]): Refusal {
  const some = known.slice(0, 10).join(', ')
  return {
    code: 'UnknownStep',
    message: `there is no step ${quoteValue(name)} with an approval in the plan of this run`,
    hint: known.length === 0 ? 'no step of this run waits for an approval' : `steps with an approval: ${some}`,
  }
}
