import type { PipelineRun } from '../../crds/kinds.ts'
import type { ReportState } from '../../crds/parts/event.ts'
import type { RunReason } from './reasons.ts'
import { isRunFinal } from './status/run-status.ts'

/** Reasons of a failed run that say nothing about the commit. */
const faults: ReadonlySet<string> = new Set<RunReason>(['InfrastructureError', 'PlanMissing', 'PlanInvalid'])

/** The state of a run in the words of a forge. */
export function judgeReportState({ spec, status }: PipelineRun): ReportState {
  switch (status?.phase) {
    case 'Running':
      return 'running'
    case 'Succeeded':
      return 'success'
    case 'Cancelled':
      return 'error'
    case 'Failed':
      return spec.rejected === undefined && faults.has(status.reason ?? '') ? 'error' : 'failure'
    default:
      return 'pending'
  }
}

/** Whether the forge has taken the state that an ended run ended with: there is nothing left to tell of it. */
export function isEndReported(run: PipelineRun): boolean {
  return isRunFinal(run.status?.phase) && run.status?.report?.state === judgeReportState(run)
}

/** Indexes of runs for whoever tells forges: by what the forge shows them as, and by the connection that has yet to tell their end. */
export const reportIndexes = { line: 'report', untold: 'untold' } as const

/** Keys of a run in each. */
export const reportIndexFunctions = {
  [reportIndexes.line]: (run: PipelineRun) => toList(toReportKey(run)),
  [reportIndexes.untold]: (run: PipelineRun) => (isEndReported(run) ? [] : toList(toConnectionKey(run))),
}

function toList(key: string | undefined): readonly string[] {
  return key === undefined ? [] : [key]
}

/** `<namespace>/<connection>`; undefined for a run that no event of a connection asked for. */
function toConnectionKey({ metadata, spec }: PipelineRun): string | undefined {
  const connection = spec.parent === undefined ? spec.event?.connection : undefined
  return connection === undefined ? undefined : `${metadata.namespace ?? ''}/${connection}`
}

/**
 * What one line at the forge stands for: a pipeline at a commit of a connection's repository. `<namespace>/<connection>`
 * comes first. Undefined for a run that no event of a connection asked for, and for a called run: its caller shows it.
 */
export function toReportKey({ metadata, spec }: PipelineRun): string | undefined {
  const { event, commit } = spec
  if (event?.connection === undefined || spec.parent !== undefined) return undefined
  return `${metadata.namespace ?? ''}/${event.connection} ${commit} ${event.pipeline}`
}
