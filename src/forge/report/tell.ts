import type { PipelineRun, RepositoryConnection } from '../../../crds/kinds.ts'
import type { Report } from '../../../crds/parts/event.ts'
import { isEndReported, reportIndexes } from '../../engine/report-state.ts'
import { isRunFinal } from '../../engine/status/run-status.ts'
import { isConflict, isNotFound } from '../../kube/kube-error.ts'
import type { KubeApi } from '../../kube/ports.ts'
import { toTimestamp } from '../../lib/clock.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import type { CommitReport } from '../../vcs/calls.ts'
import type { PartDeps } from '../part.ts'
import { isNews, judgeWording, readTold, renderDeletion, renderReport, renderTaken } from './decide.ts'
import type { LineMemory, Lines } from './memory.ts'
import { isWorthNoting, noteFailure, planRetry } from './retry.ts'
import { findSpeaker } from './speaker.ts'

export interface TellDeps
  extends Pick<PartDeps, 'api' | 'caches' | 'clock' | 'timers' | 'log' | 'settings' | 'openForge'> {
  readonly lines: Lines
  /** By `<namespace>/<connection>`. */
  readonly holds: Map<string, Hold>
  /** The forge has taken a new state of the run. */
  readonly onTold: (run: PipelineRun) => void
}

/** A connection whose forge is not to be called for a while. */
interface Hold {
  /** Of the timers' clock. */
  readonly until: number
  /** For each run; else for those that failed before: the others try once, so that their status tells why. */
  readonly isForAll: boolean
}

/** A run that ended longer ago is told once its connection changes, and not by trying again and again. */
const patienceMs = 86_400_000

/** One pass over a line at a forge; gives back after how many milliseconds to look again without being told. */
export async function tellLine(deps: TellDeps, key: string): Promise<number | undefined> {
  const { caches, lines } = deps
  const gone = lines.gone.get(key)
  const speaker = findSpeaker([
    ...caches.runs.getByIndex(reportIndexes.line, key),
    ...(gone === undefined ? [] : [gone]),
  ])
  if (speaker !== gone) lines.gone.delete(key)
  const connection = speaker && findConnection(deps, speaker)
  // With the connection goes the credential; one that comes brings its runs here again.
  if (speaker === undefined || connection === undefined) return forget(deps, key)
  const subject = { run: speaker, connection, memory: lines.of(key, speaker.metadata.uid ?? '') }
  if (speaker === gone) return whenFree(deps, subject, () => tellGone(deps, key, subject))
  await writeUnwritten(deps, subject)
  if (!isNewsOf(speaker, subject.memory)) return isEndReported(speaker) ? forget(deps, key) : undefined
  return whenFree(deps, subject, () => tellLiving(deps, subject))
}

function isNewsOf(run: PipelineRun, memory: LineMemory): boolean {
  return isNews(run, memory.told ?? readTold(run))
}

/** Not before the time that the last failure, or the forge, asked for. */
async function whenFree(deps: TellDeps, { run, memory }: Subject, tell: () => Promise<number | undefined>) {
  const hold = deps.holds.get(toConnectionKey(run))
  const heldUntil = hold !== undefined && (hold.isForAll || memory.failures > 0) ? hold.until : Number.NEGATIVE_INFINITY
  const freeAt = Math.max(memory.notBefore, heldUntil)
  const waitMs = freeAt - deps.timers.now()
  if (waitMs <= 0) return tell()
  return waitMs === Number.POSITIVE_INFINITY ? undefined : waitMs
}

function forget({ lines }: TellDeps, key: string): undefined {
  lines.gone.delete(key)
  lines.forget(key)
}

interface Subject {
  readonly run: PipelineRun
  readonly connection: RepositoryConnection
  readonly memory: LineMemory
}

/** Reads the run once more, so that a cache that lags, such as one of a new leader, never sets the forge back. */
async function tellLiving(deps: TellDeps, { run: cached, connection, memory }: Subject): Promise<number | undefined> {
  const { namespace = '', name = '', uid } = cached.metadata
  const run = await deps.api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  // Deleted, or another one: the cache is about to tell.
  if (run === undefined || run.metadata.uid !== uid) return undefined
  if (!isNewsOf(run, memory)) return undefined
  const report = renderReport(run, deps.settings.externalURL)
  const answer = await call(deps, { run, connection, memory }, report)
  if ('againMs' in answer) return answer.againMs
  memory.told = { state: report.state, wording: judgeWording(run) }
  memory.unwritten = answer.taken
  deps.onTold(run)
  await writeUnwritten(deps, { run, memory })
  return undefined
}

/** A run that is not there any more has no status to write to: what it says is said once. */
async function tellGone(deps: TellDeps, key: string, subject: Subject): Promise<number | undefined> {
  const { run } = subject
  const { externalURL } = deps.settings
  const report = isRunFinal(run.status?.phase) ? renderReport(run, externalURL) : renderDeletion(run, externalURL)
  const answer = await call(deps, subject, report)
  if ('againMs' in answer && answer.againMs !== undefined) return answer.againMs
  if ('taken' in answer) deps.onTold(run)
  forget(deps, key)
  // Another of the same name may be there by now.
  return 0
}

/** What the forge has taken; where it has not, after how many milliseconds to try again, undefined for not by itself. */
type Answer = { readonly taken: Report } | { readonly againMs: number | undefined }

async function call(deps: TellDeps, subject: Subject, report: CommitReport): Promise<Answer> {
  try {
    const forge = await deps.openForge(subject.connection)
    const answer = await forge.report(report)
    release(deps.holds, toConnectionKey(subject.run))
    Object.assign(subject.memory, { failures: 0, isStuck: false, notBefore: Number.NEGATIVE_INFINITY })
    return { taken: renderTaken(report.state, answer, toTimestamp(deps.clock.now())) }
  } catch (error) {
    return { againMs: await failCall(deps, subject, error) }
  }
}

/** Those that failed before may try again; what the forge asked for still holds. */
export function release(holds: TellDeps['holds'], connection: string): void {
  if (holds.get(connection)?.isForAll === false) holds.delete(connection)
}

async function failCall(deps: TellDeps, { run, memory }: Subject, error: unknown): Promise<number | undefined> {
  const { timers, clock, log, holds } = deps
  memory.failures += 1
  const retry = planRetry(error, memory.failures, timers.random())
  const endedAt = Date.parse(run.status?.completionTime ?? '')
  const isHopeless = retry.isLasting && clock.now() - endedAt > patienceMs
  memory.isStuck = retry.isLasting
  memory.notBefore = isHopeless ? Number.POSITIVE_INFINITY : timers.now() + retry.waitMs
  if (retry.reach !== 'one') {
    holds.set(toConnectionKey(run), { until: timers.now() + retry.waitMs, isForAll: retry.reach === 'all' })
  }
  const { namespace, name } = run.metadata
  if (Number.isInteger(Math.log2(memory.failures))) {
    log.warn(
      { err: error, run: `${namespace}/${name}`, failures: memory.failures },
      'a forge could not be told of a run',
    )
  }
  if (isWorthNoting(retry, memory.failures)) {
    await writeReport(deps.api, run, noteFailure(run.status?.report, error, memory.failures))
  }
  return Number.isFinite(memory.notBefore) ? retry.waitMs : undefined
}

async function writeUnwritten({ api }: TellDeps, { run, memory }: Pick<Subject, 'run' | 'memory'>): Promise<void> {
  if (memory.unwritten === undefined) return
  await writeReport(api, run, memory.unwritten)
  delete memory.unwritten
}

/** By a field manager of its own. The uid is the precondition; a run that is gone needs no status. */
async function writeReport(api: KubeApi, run: PipelineRun, report: Report): Promise<void> {
  const { namespace = '', name = '', uid = '' } = run.metadata
  const { group, version, kind } = resourceTypes.pipelineRun
  const body = { apiVersion: `${group}/${version}`, kind, metadata: { namespace, name, uid }, status: { report } }
  try {
    await api.apply(resourceTypes.pipelineRun, body, {
      subresource: 'status',
      force: true,
      fieldManager: 'c8s-report',
    })
  } catch (error) {
    if (!isNotFound(error) && !isConflict(error)) throw error
  }
}

function findConnection({ caches }: TellDeps, { metadata, spec }: PipelineRun): RepositoryConnection | undefined {
  const { namespace = '' } = metadata
  return caches.connections.get({ namespace, name: spec.event?.connection ?? '' })
}

function toConnectionKey({ metadata, spec }: PipelineRun): string {
  return `${metadata.namespace ?? ''}/${spec.event?.connection ?? ''}`
}
