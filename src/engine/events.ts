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

/** None for skipped steps: one failure may skip hundreds, and the run's event tells of the failure. */
const stepEvents: Readonly<Record<string, Pick<RunEvent, 'type' | 'reason'> & { readonly verb: string }>> = {
  Running: { type: 'Normal', reason: 'StepStarted', verb: 'started' },
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
  const phase = before?.phase === after.phase ? [] : diffPhase(before, after)
  return isFinal(after) ? phase : [...phase, ...diffObstacle(before, after)]
}

function diffObstacle(before: StepStatus | undefined, after: StepStatus): readonly RunEvent[] {
  const isSame = before?.reason === after.reason && before?.attempts?.length === after.attempts?.length
  if (isSame || !obstacles.has(after.reason ?? '')) return []
  const type = after.reason === 'AwaitingApproval' ? 'Normal' : 'Warning'
  return [{ type, reason: `Step${after.reason}`, message: describeWait(after.name, after.message) }]
}

function diffPhase(before: StepStatus | undefined, after: StepStatus): readonly RunEvent[] {
  const kind = stepEvents[after.phase]
  // What was taken over happened in another run.
  if (kind === undefined || after.reason === 'Reused') return []
  // A short step may be told only at its end.
  const isStart = after.startTime !== undefined && before?.startTime === undefined
  const start: RunEvent[] = isStart
    ? [{ type: 'Normal', reason: 'StepStarted', message: `step ${after.name} started` }]
    : []
  if (after.phase === 'Running') return start
  return [...start, { type: kind.type, reason: kind.reason, message: describe(after, kind.verb) }]
}

function describe({ name, message }: StepStatus, verb: string): string {
  return `step ${name} ${verb}${message === undefined ? '' : `: ${message}`}`
}
