import type { PipelineRun } from '../../crds/kinds.ts'
import { labels } from '../../crds/labels.ts'
import { findSuperseder, toGroupKey } from '../engine/concurrency/supersede.ts'
import { isFinal } from '../engine/needs.ts'
import type { EngineSettings, MountFailure, PodCreationFailure, Snapshot } from '../engine/snapshot.ts'
import { isRunFinal } from '../engine/status/run-status.ts'
import { isHeld, isStepJob } from '../engine/step/step-objects.ts'
import type { KubeReader } from '../kube/ports.ts'
import type { Clock } from '../lib/clock.ts'
import type { Job, Pod } from '../lib/kubernetes.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Caches, indexes } from './caches.ts'
import { observeCalls } from './observe-calls.ts'
import type { RunMemory } from './run-memory.ts'
import { type FailureEvent, trimJob } from './trim.ts'

export interface ObserveDeps {
  readonly caches: Caches
  readonly reader: KubeReader
  readonly clock: Clock
  readonly settings: EngineSettings
}

/** How long a created Job may be missing from the cache before it is asked for. */
const cacheLagMs = 10_000

/** All that is known of a run, from the caches and from memory; calls the API server only where they leave a doubt. */
export async function observeRun(deps: ObserveDeps, cached: PipelineRun, memory: RunMemory): Promise<Snapshot> {
  const { caches, clock, settings } = deps
  const run = chooseNewest(cached, memory.written)
  const uid = run.metadata.uid ?? ''
  const known = caches.jobs.getByIndex(indexes.run, uid)
  const jobs = [...known, ...(isRunFinal(run.status?.phase) ? [] : await findMissing(deps, { run, known, memory }))]
  const pods = caches.pods.getByIndex(indexes.run, uid)
  const calls = await observeCalls(deps, run, memory.calls)
  return {
    run,
    jobs,
    goneSteps: new Set([...noteSeen(memory, jobs), ...calls.goneSteps]),
    children: calls.children,
    pods,
    refusals: [...memory.refusals.values()],
    podCreationFailures: jobs.flatMap((job) => findCreationFailure(caches, job)),
    mountFailures: pods.flatMap((pod) => findMountFailure(caches, pod)),
    supersededBy: findNewer(caches, run),
    now: clock.now(),
    settings,
  }
}

/** For which run it was cancelled, told where it is not written down yet. */
function findNewer({ runs }: Caches, run: PipelineRun): string | undefined {
  const group = toGroupKey(run)
  if (run.spec.cancel !== true || group === undefined || isRunFinal(run.status?.phase)) return undefined
  return findSuperseder(runs.getByIndex(indexes.group, group), run.metadata.name ?? '')
}

/** The cache may not show our own last write yet. Versions grow (KEP-5504); a written run of another uid is no match. */
function chooseNewest(cached: PipelineRun, written: PipelineRun | undefined): PipelineRun {
  if (written === undefined || written.metadata.uid !== cached.metadata.uid) return cached
  const isNewer = toVersion(written) > toVersion(cached)
  return isNewer ? written : cached
}

function toVersion({ metadata }: PipelineRun): bigint {
  const text = metadata.resourceVersion ?? ''
  return /^[0-9]+$/.test(text) ? BigInt(text) : 0n
}

interface Doubt {
  readonly run: PipelineRun
  readonly known: readonly Job[]
  readonly memory: RunMemory
}

/** Jobs that must be there and are not in the cache: just created by us, or named by status. */
async function findMissing({ reader, clock }: ObserveDeps, { run, known, memory }: Doubt): Promise<readonly Job[]> {
  const inCache = new Set(known.map(({ metadata }) => metadata.name ?? ''))
  for (const name of inCache) memory.created.delete(name)
  const fresh = [...memory.created.values()].filter(({ createdAt }) => clock.now() - createdAt < cacheLagMs)
  const sure = new Set([...inCache, ...fresh.map(({ job }) => job.metadata.name ?? '')])
  const named = (run.status?.steps ?? []).filter((row) => !isFinal(row)).flatMap(({ jobName }) => jobName ?? [])
  const ended = new Set((run.status?.steps ?? []).filter(isFinal).map((row) => row.name))
  const earlier = listEarlierJobs(run)
  for (const [name, step] of memory.seen) if (ended.has(step) || earlier.has(name)) memory.seen.delete(name)
  const believed = [...named, ...memory.created.keys(), ...memory.seen.keys()]
  const doubtful = new Set(believed.filter((name) => !sure.has(name)))
  const { namespace = '' } = run.metadata
  const asked = [...doubtful].map((name) => reader.get<Job>(resourceTypes.job, { namespace, name }))
  const there = (await Promise.all(asked)).filter((job) => job !== undefined)
  const found = there.filter((job) => isStepJob(job) && !isHeld(job))
  for (const name of doubtful) memory.created.delete(name)
  return [...fresh.map(({ job }) => job), ...found.map(trimJob)]
}

/** Names of the Jobs of attempts that are over: that one is gone means nothing. */
function listEarlierJobs({ status }: PipelineRun): ReadonlySet<string | undefined> {
  return new Set((status?.steps ?? []).flatMap(({ attempts = [] }) => attempts.map(({ jobName }) => jobName)))
}

/** Remembers the Jobs that are there; gives back the steps of those that were and are not. */
function noteSeen(memory: RunMemory, jobs: readonly Job[]): ReadonlySet<string> {
  // Those of ended steps are taken out again by findMissing, so that nobody asks for them once they are cleaned up.
  for (const { metadata } of jobs) memory.seen.set(metadata.name ?? '', metadata.labels?.[labels.step] ?? '')
  const names = new Set(jobs.map(({ metadata }) => metadata.name ?? ''))
  return new Set([...memory.seen].filter(([name]) => !names.has(name)).map(([, step]) => step))
}

function findCreationFailure({ jobEvents }: Caches, { metadata }: Job): readonly PodCreationFailure[] {
  const newest = findNewest([jobEvents], metadata.uid)
  return newest === undefined ? [] : [{ jobUid: metadata.uid ?? '', message: newest.message ?? '' }]
}

function findMountFailure(
  { podEvents, attachEvents, sandboxEvents }: Caches,
  { metadata }: Pod,
): readonly MountFailure[] {
  const newest = findNewest([podEvents, attachEvents, sandboxEvents], metadata.uid)
  if (newest === undefined) return []
  const { message = '', reason } = newest
  return [{ podUid: metadata.uid ?? '', message, ...(reason === undefined ? {} : { reason }) }]
}

function findNewest(caches: readonly Caches['jobEvents'][], uid = ''): FailureEvent | undefined {
  const about = caches.flatMap((events) => events.getByIndex(indexes.about, uid))
  return [...about].sort((a, b) => ((a.lastTimestamp ?? '') < (b.lastTimestamp ?? '') ? 1 : -1))[0]
}
