import type { PipelineRun } from '../../crds/kinds.ts'
import { isStale } from '../engine/plan-final.ts'
import type { RunPlan } from '../engine/run-plan.ts'
import type { Snapshot } from '../engine/snapshot.ts'
import { isRunFinal, renderStuckStatus } from '../engine/status/run-status.ts'
import { isConflict, isTransient, KubeError } from '../kube/kube-error.ts'
import type { KubeClient, ObjectKey } from '../kube/ports.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Applied, applyPlan, nudgeJobs, writeStatus } from './apply.ts'
import type { EventSink } from './event-sink.ts'
import { takeBackLeft } from './held-jobs.ts'
import { type ObserveDeps, observeRun } from './observe.ts'
import { noteCalls } from './observe-calls.ts'
import { toRestMs } from './pace.ts'
import { type ProgressTurns, postponeStatus } from './postpone-status.ts'
import type { RunQueue } from './queue/run-queue.ts'
import { type RunMemories, type RunMemory, toAttemptKey } from './run-memory.ts'
import type { ServerClock } from './server-clock.ts'
import { trimJob } from './trim.ts'
import { trimRun } from './trim-run.ts'

export interface RunDeps extends ObserveDeps {
  readonly client: KubeClient
  readonly clock: ServerClock
  readonly events: EventSink
  readonly memories: RunMemories
  readonly progressTurns: ProgressTurns
  readonly queue: Pick<RunQueue, 'plan' | 'forget'>
  /** For the log: a call failed for a cause that passes, for the how-manieth time in a row. */
  readonly onPassingFault: (error: unknown, failures: number) => void
}

/** A conflict means that the cache is about to show something newer. */
const conflictRetryMs = 50
const namespaceGoingRetryMs = 30_000
const longestPassingRetryMs = 10_000

/** One pass over a run; gives back after how many milliseconds to look again without being told. */
export async function reconcileRun(deps: RunDeps, key: string): Promise<number | undefined> {
  const cached = deps.caches.runs.get(toObjectKey(key))
  if (cached === undefined) {
    deps.memories.forget(key)
    deps.queue.forget(key)
    return undefined
  }
  const memory = deps.memories.of(key, cached.metadata.uid ?? '')
  const restMs = memory.restUntil - deps.clock.local()
  if (restMs > 0) return restMs
  const snapshot = await complete(deps, await observeRun(deps, cached, memory))
  if (snapshot === undefined) return undefined
  const plan = postponeStatus(deps.queue.plan(snapshot), snapshot, {
    dues: memory.statusDues,
    turns: deps.progressTurns,
  })
  try {
    const onWritten = (run: PipelineRun) => noteWritten(deps, { snapshot, memory, plan }, run)
    const applied = await applyPlan({ ...deps, onWritten, madeCompanions: memory.madeCompanions }, snapshot.run, plan)
    await nudge(deps, { snapshot, memory, plan })
    if (isRunFinal(cached.status?.phase)) await takeBackLeft(deps, cached)
    const again = await remember(deps, { snapshot, memory, plan }, applied)
    if (isRunFinal(cached.status?.phase)) deps.memories.forget(key)
    return again
  } catch (error) {
    return retryPassing(deps, error, memory)
  }
}

export function toObjectKey(key: string): ObjectKey {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, slash), name: key.slice(slash + 1) }
}

/** The cache has only a stub of an ended run; where its status has to be touched once more, it is read in full. */
async function complete(deps: RunDeps, snapshot: Snapshot): Promise<Snapshot | undefined> {
  const { run } = snapshot
  if (!isRunFinal(run.status?.phase) || !isStale(snapshot)) return snapshot
  const { namespace = '', name = '' } = run.metadata
  const whole = await deps.reader.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  return whole?.metadata.uid === run.metadata.uid ? { ...snapshot, run: whole ?? run } : undefined
}

interface Pass {
  readonly snapshot: Snapshot
  readonly memory: RunMemory
  readonly plan: RunPlan
}

function noteWritten(deps: RunDeps, { memory, plan, snapshot }: Pass, run: PipelineRun): void {
  memory.written = trimWritten(run)
  memory.restUntil = deps.clock.local() + toRestMs(run)
  memory.statusDues.clear()
  const { name = '', namespace = '', uid = '' } = snapshot.run.metadata
  // Only what an Event names: it may wait, and a run with its plan is large.
  const about = { apiVersion: run.apiVersion ?? '', kind: run.kind ?? '', metadata: { name, namespace, uid } }
  deps.events.push(plan.events.map((event) => ({ about, ...event })))
}

async function remember(deps: RunDeps, pass: Pass, applied: Applied): Promise<number | undefined> {
  const { memory, plan, snapshot } = pass
  memory.passingFaults = 0
  for (const job of applied.jobs) {
    memory.created.set(job.metadata.name ?? '', { job: trimJob(job), createdAt: deps.clock.now() })
  }
  noteCalls(memory.calls, applied.calls, deps.clock.now())
  for (const { step, attempt } of [...plan.creations, ...plan.calls])
    memory.refusals.delete(toAttemptKey(step, attempt))
  if (applied.refusals.length === 0) {
    return plan.wakeAt === undefined ? undefined : Math.max(0, plan.wakeAt - deps.clock.now())
  }
  if (!(await isUnchanged(deps, memory.written ?? snapshot.run))) return conflictRetryMs
  for (const refusal of applied.refusals) memory.refusals.set(toAttemptKey(refusal.step, refusal.attempt), refusal)
  return 0
}

/** Each nudge leads to another event about the Job, so they are counted by time and not by passes. */
async function nudge({ client, settings }: RunDeps, { snapshot, memory, plan }: Pass): Promise<void> {
  const isDue = snapshot.now - memory.nudgedAt >= settings.quotaRetrySeconds * 1000
  if (plan.nudges.length === 0 || !isDue) return
  memory.nudgedAt = snapshot.now
  await nudgeJobs(client, snapshot.run, { names: plan.nudges, at: snapshot.now })
}

/** The answer to a write is the whole object, an ended one too: it stands for the cache until that has caught up. */
function trimWritten(run: PipelineRun): PipelineRun {
  return isRunFinal(run.status?.phase) ? run : trimRun(run)
}

/** Admission judges by the run as it is now; a no to a plan made from an older one (not cancelled yet) says nothing. */
async function isUnchanged({ reader }: RunDeps, { metadata }: PipelineRun): Promise<boolean> {
  const { namespace = '', name = '', resourceVersion } = metadata
  const now = await reader.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name })
  return now?.metadata.resourceVersion === resourceVersion
}

/** What passes by itself is tried again soon and quietly; anything else is the queue's to slow down. */
function retryPassing(deps: RunDeps, error: unknown, memory: RunMemory): number {
  if (isConflict(error)) {
    delete memory.written
    return conflictRetryMs
  }
  if (isNamespaceGoing(error)) return namespaceGoingRetryMs
  if (!isTransient(error)) throw error
  memory.passingFaults += 1
  deps.onPassingFault(error, memory.passingFaults)
  return Math.min(longestPassingRetryMs, 50 * 2 ** memory.passingFaults)
}

/** Nothing can be created any more, and soon the run will be gone: no fault of anybody. */
function isNamespaceGoing(error: unknown): boolean {
  return error instanceof KubeError && error.status === 403 && error.detail.includes('is being terminated')
}

/** Tells on the run itself that the controller fails on it. */
export async function markStuck(deps: RunDeps, key: string, error: unknown): Promise<void> {
  const run = deps.caches.runs.get(toObjectKey(key))
  if (run === undefined || isRunFinal(run.status?.phase)) return
  const message = error instanceof Error ? error.message : 'unknown fault'
  await writeStatus(deps.client, run, renderStuckStatus(run, message, deps.clock.now()))
}
