import type { PipelineRun } from '../../../crds/kinds.ts'
import type { History } from '../../../crds/parts/placement.ts'
import type { Instant } from '../../lib/clock.ts'
import { parseDuration } from '../../lib/duration.ts'
import { isEndReported } from '../report-state.ts'
import { isRunFinal } from '../status/run-status.ts'
import { usualLimit } from './history.ts'
import { isKeptByOthers } from './keepers.ts'

export interface RetentionContext {
  readonly now: Instant
  /** Whether a run that it called has not ended. */
  readonly hasOpenCalls: (run: PipelineRun) => boolean
  /** Whether there is a forge that can be told of the run. */
  readonly hasListener: (run: PipelineRun) => boolean
}

export interface Expiry {
  /** To be deleted now, oldest first. */
  readonly expired: readonly PipelineRun[]
  /** Somebody else's to delete: to be compacted now, oldest first. */
  readonly compactable: readonly PipelineRun[]
  /** When time alone will have made another one due. */
  readonly recheckAt?: Instant
}

/** A late look at the forge may find the same event once more within this time, and would make the run again. */
const eventHoldMs = 3_600_000
/** A forge that could not be told of an end within this time is not told any more by itself. */
const tellingMs = 86_400_000

/**
 * The runs of one history that are over what is kept of it. Those that others own are counted apart, so that they make none of the
 * rest go, and one that has been compacted is nobody's concern any more.
 */
export function findExpired(
  runs: readonly PipelineRun[],
  history: History | undefined,
  context: RetentionContext,
): Expiry {
  const ended = runs.filter(isEnded)
  const own = findOver(
    ended.filter((run) => !isKeptByOthers(run)),
    history,
    context,
  )
  const isWhole = ({ status }: PipelineRun) => status?.compactedAt === undefined
  const kept = findOver(
    ended.filter((run) => isKeptByOthers(run) && isWhole(run)),
    history,
    context,
  )
  const recheckAt = Math.min(own.next, kept.next)
  return { expired: own.over, compactable: kept.over, ...(Number.isFinite(recheckAt) ? { recheckAt } : {}) }
}

interface Over {
  /** Oldest first. */
  readonly over: readonly PipelineRun[]
  /** When time alone will have made another one due; infinite where it will not. */
  readonly next: Instant
}

function findOver(runs: readonly PipelineRun[], history: History | undefined, context: RetentionContext): Over {
  const ended = [...runs].sort(byEnd)
  const due = new Map<PipelineRun, Instant>()
  for (const { limit, counted } of listLimits(ended, history)) {
    for (const run of counted.slice(0, Math.max(0, counted.length - limit))) due.set(run, Number.NEGATIVE_INFINITY)
  }
  const maxAge = parseDuration(history?.maxAge ?? '')
  if (maxAge !== undefined) {
    for (const run of ended) if (!due.has(run)) due.set(run, toEnd(run) + maxAge * 1000)
  }
  const times = [...due].map(([run, at]) => ({ run, at: Math.max(at, holdUntil(run, context)) }))
  const over = times.filter(({ run, at }) => at <= context.now && !context.hasOpenCalls(run)).map(({ run }) => run)
  const later = times.map(({ at }) => at).filter((at) => at > context.now)
  return { over: over.sort(byEnd), next: later.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY) }
}

function isEnded({ metadata, status }: PipelineRun): boolean {
  return isRunFinal(status?.phase) && metadata.deletionTimestamp === undefined
}

interface Limit {
  readonly limit: number
  /** Oldest first. */
  readonly counted: readonly PipelineRun[]
}

/** Where a number is given it is for all runs of the history; where not, only what events made is limited. */
function listLimits(ended: readonly PipelineRun[], history: History = {}): readonly Limit[] {
  const ofSort = (isSuccess: boolean) => ended.filter(({ status }) => (status?.phase === 'Succeeded') === isSuccess)
  const limitSort = (isSuccess: boolean, limit: number | undefined): Limit =>
    limit === undefined
      ? { limit: usualLimit, counted: ofSort(isSuccess).filter(({ spec }) => spec.event !== undefined) }
      : { limit, counted: ofSort(isSuccess) }
  return [limitSort(true, history.successful), limitSort(false, history.failed)]
}

/** Until when it stays, whatever the limits say. */
function holdUntil(run: PipelineRun, { hasListener }: RetentionContext): Instant {
  if (run.spec.event === undefined) return Number.NEGATIVE_INFINITY
  const created = Date.parse(run.metadata.creationTimestamp ?? '')
  const again = Number.isNaN(created) ? Number.NEGATIVE_INFINITY : created + eventHoldMs
  return isEndReported(run) || !hasListener(run) ? again : Math.max(again, toEnd(run) + tellingMs)
}

function byEnd(a: PipelineRun, b: PipelineRun): number {
  return toEnd(a) - toEnd(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)
}

/** An end without a time is that of a run that was over when it came: it is as old as the run. */
function toEnd({ metadata, status }: PipelineRun): Instant {
  const end = Date.parse(status?.completionTime ?? metadata.creationTimestamp ?? '')
  return Number.isNaN(end) ? 0 : end
}
