import type { PipelineRunStatus, StepStatus } from '../../../crds/pipeline-run.ts'
import { type Instant, toTimestamp } from '../../lib/clock.ts'
import { omitUndefined } from '../status/rows.ts'
import { isRunFinal, omitReport } from '../status/run-status.ts'

/** Longest message of a run or a condition: the line that a tool shows. In UTF-16 units, as those below. */
const longestMessage = 256
/** Of a step that failed, and of a matrix; a run may have a thousand. */
const longestRowMessage = 120

/**
 * The status of an ended run without what its Jobs and pods are needed for, as the controller applies it: without the report, which is
 * another's. Undefined where there is nothing to do. But for `compactedAt` it is never larger than it was, and its result is the same.
 */
export function compactStatus(status: PipelineRunStatus | undefined, now: Instant): PipelineRunStatus | undefined {
  if (status === undefined || !isRunFinal(status.phase) || status.compactedAt !== undefined) return undefined
  const { queue: _queue, message, steps, matrix, conditions, ...rest } = omitReport(status)
  return omitUndefined({
    ...rest,
    compactedAt: toTimestamp(now),
    message: cut(message, longestMessage),
    matrix: matrix?.map((view) => omitUndefined({ ...view, message: cut(view.message, longestRowMessage) })),
    steps: steps?.map(compactRow),
    conditions: conditions?.map((each) => omitUndefined({ ...each, message: cut(each.message, longestMessage) })),
  })
}

function compactRow(row: StepStatus): StepStatus {
  const { name, phase, reason, message, exitCode, startTime, completionTime, logURL, artifactURLs, run } = row
  return omitUndefined({
    name,
    phase,
    reason,
    message: phase === 'Failed' ? cut(message, longestRowMessage) : undefined,
    exitCode,
    startTime,
    completionTime,
    logURL,
    artifactURLs,
    // Who did the work first; a called run is gone.
    run: reason === 'Reused' ? run : undefined,
  })
}

function cut(message: string | undefined, longest: number): string | undefined {
  if (message === undefined || message.length <= longest) return message
  // A half of a pair of surrogates is no text.
  return `${message.slice(0, longest - 3).replace(/[\uD800-\uDBFF]$/, '')}...`
}
