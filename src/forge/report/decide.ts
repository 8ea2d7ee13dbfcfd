import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Report, ReportState } from '../../../crds/parts/event.ts'
import { toSentence } from '../../engine/pod/sentence.ts'
import { judgeReportState } from '../../engine/report-state.ts'
import type { CommitReport } from '../../vcs/calls.ts'

/** What a line at the forge says: its state, or what it waits for, which is worth saying anew. */
export type Wording = ReportState | 'approval' | 'room'

/** What the forge has taken of one run, as far as it is known. */
export interface Told {
  readonly state: ReportState
  /** Unknown after a restart. */
  readonly wording?: Wording
}

export function judgeWording(run: PipelineRun): Wording {
  const state = judgeReportState(run)
  if (state !== 'pending') return state
  const { reason } = run.status ?? {}
  return reason === 'ApprovalRequired' ? 'approval' : reason === 'QuotaExceeded' ? 'room' : state
}

const ranks: Readonly<Record<ReportState, number>> = { pending: 0, running: 1, success: 2, failure: 2, error: 2 }

/**
 * Whether there is something to say. Forges limit calls, so it is the state that counts and not each step; and a state
 * never goes back. Of a run that nobody has looked at there is nothing to say yet.
 */
export function isNews(run: PipelineRun, told: Told | undefined): boolean {
  if (run.status?.phase === undefined) return false
  const state = judgeReportState(run)
  if (told === undefined) return true
  if (told.state !== state) return ranks[state] > ranks[told.state]
  const wording = judgeWording(run)
  const isVaguer = told.wording === 'room' && wording === 'pending'
  return told.wording !== undefined && told.wording !== wording && !isVaguer
}

/** The run's report as its status has it. */
export function readTold({ status }: PipelineRun): Told | undefined {
  const state = status?.report?.state
  return state === undefined ? undefined : { state }
}

/** What the forge is to show of a run. Its page is below externalURL, where that is known. */
export function renderReport(run: PipelineRun, externalURL: string): CommitReport {
  const { spec, status = {} } = run
  return {
    ...renderPlace(run, externalURL),
    state: judgeReportState(run),
    description: toLine(describeRun(run)),
    ...(status.startTime === undefined ? {} : { startedAt: status.startTime }),
    ...(status.completionTime === undefined ? {} : { completedAt: status.completionTime }),
    ...(spec.rejected === undefined ? {} : { annotation: spec.rejected }),
  }
}

/** For a run that somebody deleted before it ended. */
export function renderDeletion(run: PipelineRun, externalURL: string): CommitReport {
  return { ...renderPlace(run, externalURL), state: 'error', description: 'the run was deleted' }
}

/** Longest name that GitHub takes. */
const longestContext = 255

function renderPlace(run: PipelineRun, externalURL: string) {
  const { event, commit } = run.spec
  const ref = findRef(run)
  const url = findPage(run, externalURL)
  const id = run.status?.report?.id
  return {
    commit,
    context: toSentence(`c8s/${event?.pipeline ?? ''}`, longestContext),
    ...(ref === undefined ? {} : { ref }),
    ...(url === undefined ? {} : { url }),
    ...(id === undefined ? {} : { id }),
  }
}

function findRef({ spec: { event, branch, tag } }: PipelineRun): string | undefined {
  if (event?.pullRequest?.ref !== undefined) return event.pullRequest.ref
  if (tag !== undefined) return `refs/tags/${tag}`
  return branch === undefined ? undefined : `refs/heads/${branch}`
}

/** The page of the run. */
export function findPage({ metadata }: PipelineRun, externalURL: string): string | undefined {
  const { namespace = '', name = '' } = metadata
  return externalURL === '' ? undefined : `${externalURL}/runs/${namespace}/${name}`
}

function describeRun(run: PipelineRun): string {
  const { reason = 'Starting', message = '', progress = '' } = run.status ?? {}
  switch (judgeWording(run)) {
    case 'approval':
      return describeApproval(run)
    case 'room':
      return 'queued: the namespace has no room now'
    case 'pending':
      return reason === 'Starting' ? 'queued' : `queued: ${message}`
    case 'running':
      return `running, ${progress} steps done`
    default:
      return describeEnd(reason, message)
  }
}

function describeEnd(reason: string, message: string): string {
  if (reason === 'Superseded') return `cancelled: ${message}`
  return reason === 'Cancelled' ? 'cancelled' : message
}

function describeApproval({ spec: { event } }: PipelineRun): string {
  const who = 'waiting for approval: somebody who may push has to'
  return event?.pullRequest === undefined ? `${who} approve the commit` : `${who} comment /ok-to-test`
}

/** The shortest limit of any forge. */
const longestDescription = 140

/** Text of strangers on one line: nothing in it that hides, turns or breaks it. */
function toLine(text: string): string {
  return toSentence(text.replace(/\p{Cf}/gu, ''), longestDescription).toWellFormed()
}

/** What a run's status tells once the forge has taken a report. */
export function renderTaken(
  state: ReportState,
  answer: { readonly id?: string; readonly url?: string },
  time: string,
): Report {
  const { id, url } = answer
  return {
    state,
    time,
    ...(url === undefined || url.length > 2048 ? {} : { url }),
    ...(id === undefined || id.length > 255 ? {} : { id }),
  }
}
