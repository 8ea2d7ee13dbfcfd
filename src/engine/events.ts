import type { PipelineRunStatus, StepStatus } from '../../crds/pipeline-run.ts'
import { isFinal } from './needs.ts'
import { describeWait } from './pause.ts'

/** A Kubernetes Event on a run, for a person who types `kubectl describe pr`. */
export interface RunEvent {
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** What changed between two statuses of a run, told as events. */
export function diffStatus(before: PipelineRunStatus | undefined, after: PipelineRunStatus): readonly RunEvent[] {
  const rows = new Map(before?.steps?.map((row) => [row.name, row]))
  const told = tellEach(after.steps ?? [], rows)
  return [...told.flatMap((row) => diffStep(rows.get(row.name), row)), ...diffRun(before, after)]
}

/** Without those that wait for what another one waits for, and have not begun: of a matrix they may be a thousand. */
function tellEach(after: readonly StepStatus[], before: ReadonlyMap<string, StepStatus>): readonly StepStatus[] {
  const told = new Set<string>()
  return after.filter((row) => {
    const wait = before.get(row.name)?.reason === row.reason ? undefined : findCommonWait(row)
    return wait === undefined || (!told.has(wait) && told.add(wait))
  })
}

/** Room is for all steps of the run; the legs of one wait for one word of a person, in the same sentence. */
function findCommonWait({ phase, reason, message = '', jobName, run }: StepStatus): string | undefined {
  if (phase !== 'Pending' || (jobName ?? run) !== undefined) return undefined
  if (reason === 'QuotaExceeded' || reason === 'AdmissionMissing') return reason
  return reason === 'AwaitingApproval' ? `${reason} ${message}` : undefined
}

const runEvents: Readonly<Record<string, Pick<RunEvent, 'type' | 'reason'>>> = {
  Succeeded: { type: 'Normal', reason: 'RunSucceeded' },
  Failed: { type: 'Warning', reason: 'RunFailed' },
  Cancelled: { type: 'Warning', reason: 'RunCancelled' },
}

function diffRun(before: PipelineRunStatus | undefined, after: PipelineRunStatus): readonly RunEvent[] {
  if (after.reason === 'ApprovalRequired' && before?.reason !== after.reason) {
    return [{ type: 'Normal', reason: after.reason, message: after.message ?? '' }]
  }
  if (before?.phase === after.phase) return []
  const kind = runEvents[after.phase ?? '']
  return kind === undefined ? [] : [{ ...kind, message: after.message ?? '' }]
}

/**
 * None for skipped steps: one failure may skip hundreds, and the run's event tells of the failure. None for what goes as it
 * should: the status shows it, and events were half of all that a run wrote (docs/adr/0188).
 */
const stepEvents: Readonly<Record<string, Pick<RunEvent, 'type' | 'reason'> & { readonly verb: string }>> = {
  Succeeded: { type: 'Normal', reason: 'StepSucceeded', verb: 'succeeded' },
  Failed: { type: 'Warning', reason: 'StepFailed', verb: 'failed' },
  Cancelled: { type: 'Warning', reason: 'StepCancelled', verb: 'was cancelled' },
}

/** Reasons of a waiting step that a person should hear of: they are worth an event. */
export const obstacles: ReadonlySet<string> = new Set([
  'QuotaExceeded',
  'AdmissionMissing',
  'Unschedulable',
  'VolumePending',
  'NoAddress',
  'DiskFull',
  'ImagePull',
  'ContainerConfig',
  'PodRefused',
  'Interrupted',
  'NodeUnreachable',
  'Retrying',
  'AwaitingApproval',
])

function diffStep(before: StepStatus | undefined, after: StepStatus): readonly RunEvent[] {
  const phase = before?.phase === after.phase ? [] : diffPhase(after)
  return isFinal(after) ? phase : [...phase, ...diffObstacle(before, after)]
}

function diffObstacle(before: StepStatus | undefined, after: StepStatus): readonly RunEvent[] {
  const isSame = before?.reason === after.reason && before?.attempts?.length === after.attempts?.length
  if (isSame || !obstacles.has(after.reason ?? '')) return []
  const type = after.reason === 'AwaitingApproval' ? 'Normal' : 'Warning'
  return [{ type, reason: `Step${after.reason}`, message: describeWait(after.name, after.message) }]
}

function diffPhase(after: StepStatus): readonly RunEvent[] {
  const { phase, reason, message } = after
  const kind = stepEvents[phase]
  // What was taken over happened in another run.
  if (kind === undefined || reason === 'Reused') return []
  // A success with something to say was not all as it should be, such as a log that is not whole.
  if (phase === 'Succeeded' && message === undefined) return []
  return [{ type: kind.type, reason: kind.reason, message: describe(after, kind.verb) }]
}

function describe({ name, message }: StepStatus, verb: string): string {
  return `step ${name} ${verb}${message === undefined ? '' : `: ${message}`}`
}
