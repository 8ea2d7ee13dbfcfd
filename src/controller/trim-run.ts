import type { PipelineRun } from '../../crds/kinds.ts'
import type { Rejection, RunEvent } from '../../crds/parts/event.ts'
import type { PipelineRunSpec, PipelineRunStatus, Plan } from '../../crds/pipeline-run.ts'
import { isUnapproved } from '../../crds/trust.ts'
import { isEndReported } from '../engine/report-state.ts'
import { pickMarks } from '../engine/retention/keepers.ts'
import { omitUndefined } from '../engine/status/rows.ts'
import { isRunFinal } from '../engine/status/run-status.ts'
import { trimMetadata } from './trim.ts'

/** Longer than any line that a forge shows. */
const longestMessage = 1000

/**
 * An ended run is kept as a stub: enough to count it, to see that it has ended, and to find it again. One that c8s made
 * also tells which commit of which push it was for, and how it ended, until the forge has taken that.
 */
export function trimRun(run: PipelineRun): PipelineRun {
  const { status, spec } = run
  const metadata = { ...trimMetadata(run), ...pickMarks(run.metadata) }
  const kind = { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineRun', metadata }
  if (!isRunFinal(status?.phase)) {
    const { pipelineSpec: _inline, ...rest } = spec
    return { ...kind, spec: rest, ...(status === undefined ? {} : { status }) }
  }
  return { ...kind, spec: trimSpec(run), status: { ...trimStatus(status), ...trimEnd(run) } }
}

function trimSpec(run: PipelineRun): PipelineRunSpec {
  const { pipelineConfigRef, commit, branch, tag, event, rejected, parent, rerunOf } = run.spec
  // Its caller tells forges, and looks at no more than how it ended.
  if (event === undefined || parent !== undefined) return omitUndefined({ commit: '', pipelineConfigRef, parent })
  return omitUndefined({
    commit,
    pipelineConfigRef,
    branch,
    tag,
    event: trimEvent(event),
    rerunOf,
    rejected: rejected === undefined || isTold(run) ? undefined : trimRejection(rejected),
    plan: trimPlan(run),
  })
}

/** Which push, or which request, of which branch or pull request. */
function trimEvent({ type, connection, pipeline, receivedAt, before, command, pullRequest }: RunEvent): RunEvent {
  const pull = pullRequest && { number: pullRequest.number, fork: pullRequest.fork, branch: '', targetBranch: '' }
  return omitUndefined({ type, connection, pipeline, receivedAt, before, command, pullRequest: pull })
}

function trimRejection({ message, ...rest }: Rejection): Rejection {
  return { ...rest, message: message.slice(0, longestMessage) }
}

const noPlan = { repository: '', steps: [], timeoutSeconds: 1, clone: { depth: 1, submodules: false } }

/** Only the concurrency group and how many runs are kept; one whose commit nobody vouched for takes nobody's place there any more. */
function trimPlan(run: PipelineRun): Plan | undefined {
  const { concurrency, history } = run.spec.plan ?? {}
  if (concurrency === undefined && history === undefined) return undefined
  const cancelInProgress = concurrency?.cancelInProgress === true && !isUnapproved(run)
  return omitUndefined({ ...noPlan, history, concurrency: concurrency && { ...concurrency, cancelInProgress } })
}

function trimStatus(status: PipelineRunStatus = {}): PipelineRunStatus {
  const { phase, observedGeneration = 0, conditions = [], startTime, completionTime, compactedAt } = status
  return omitUndefined({
    phase,
    observedGeneration,
    // How long runs usually take, and when one is old enough to go.
    startTime,
    completionTime,
    compactedAt,
    conditions: conditions.filter(({ type }) => type === 'LogsIncomplete'),
  })
}

/** How a run ended that a forge hears of; once the forge has taken it, hardly more than that it has. */
function trimEnd(run: PipelineRun): PipelineRunStatus {
  const { reason, message, commit, report } = run.status ?? {}
  if (run.spec.parent !== undefined) return trimCalled(run.status)
  if (run.spec.event?.connection === undefined) return {}
  if (isTold(run)) return omitUndefined({ reason, report: omitUndefined({ state: report?.state, time: report?.time }) })
  const short = message?.slice(0, longestMessage)
  return omitUndefined({ reason, message: short, commit, report })
}

/** What the step of the calling run tells of it. */
function trimCalled({ reason, message, commit, startTime, completionTime }: PipelineRunStatus = {}): PipelineRunStatus {
  return omitUndefined({ reason, message: message?.slice(0, longestMessage), commit, startTime, completionTime })
}

function isTold(run: PipelineRun): boolean {
  return run.spec.event?.connection === undefined || isEndReported(run)
}
