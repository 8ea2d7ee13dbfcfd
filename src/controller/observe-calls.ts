import type { PipelineRun } from '../../crds/kinds.ts'
import { isFinal } from '../engine/needs.ts'
import type { KubeReader } from '../kube/ports.ts'
import type { Clock, Instant } from '../lib/clock.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { type Caches, indexes } from './caches.ts'
import { trimRun } from './trim-run.ts'

/** A called run as it was last known. */
export interface KnownCall {
  readonly run: PipelineRun
  /** When this process made it; undefined once a cache has shown it. */
  readonly madeAt?: Instant
}

export interface ObservedCalls {
  readonly children: readonly PipelineRun[]
  /** Steps whose called run has been seen and is not there any more. */
  readonly goneSteps: readonly string[]
}

interface Deps {
  readonly caches: Pick<Caches, 'runs'>
  readonly reader: KubeReader
  readonly clock: Clock
}

/** How long a run that was just made may be missing from the cache before it is asked for. */
const cacheLagMs = 10_000

/** The runs that a run's steps call: from the cache, what was just made, and what must be there and is not in either. */
export async function observeCalls(
  deps: Deps,
  run: PipelineRun,
  known: Map<string, KnownCall>,
): Promise<ObservedCalls> {
  const cached = deps.caches.runs.getByIndex(indexes.parent, run.metadata.uid ?? '')
  const ended = new Set((run.status?.steps ?? []).filter(isFinal).map(({ name }) => name))
  for (const child of cached) known.set(nameOf(child), { run: child })
  // Nobody asks for those of ended steps once they are cleaned up.
  for (const [name, { run: child }] of known) if (ended.has(child.spec.parent?.step ?? '')) known.delete(name)
  const named = (run.status?.steps ?? []).flatMap((row) => (isFinal(row) ? [] : (row.run ?? [])))
  const inCache = new Set(cached.map(nameOf))
  const isFresh = ({ madeAt }: KnownCall) => madeAt !== undefined && deps.clock.now() - madeAt < cacheLagMs
  const fresh = [...known.values()].filter((call) => isFresh(call) && !inCache.has(nameOf(call.run)))
  const sure = new Set([...inCache, ...fresh.map((call) => nameOf(call.run))])
  const doubtful = new Set([...named, ...known.keys()].filter((name) => !sure.has(name)))
  const found = await readRuns(deps.reader, run, [...doubtful])
  for (const child of found) known.set(nameOf(child), { run: child })
  const children = [...cached, ...fresh.map((call) => call.run), ...found]
  return { children, goneSteps: listGone(known, new Set(children.map(nameOf))) }
}

/** Remembers runs that were just made. */
export function noteCalls(known: Map<string, KnownCall>, made: readonly PipelineRun[], at: Instant): void {
  for (const run of made) known.set(nameOf(run), { run, madeAt: at })
}

async function readRuns(
  reader: KubeReader,
  { metadata: { namespace = '', uid } }: PipelineRun,
  names: readonly string[],
): Promise<readonly PipelineRun[]> {
  const asked = names.map((name) => reader.get<PipelineRun>(resourceTypes.pipelineRun, { namespace, name }))
  const found = (await Promise.all(asked)).filter((child) => child?.spec.parent?.uid === uid)
  return found.flatMap((child) => (child === undefined ? [] : [trimRun(child)]))
}

function listGone(known: ReadonlyMap<string, KnownCall>, there: ReadonlySet<string>): readonly string[] {
  const gone = [...known].filter(([name]) => !there.has(name))
  return gone.flatMap(([, { run }]) => run.spec.parent?.step ?? [])
}

function nameOf({ metadata }: PipelineRun): string {
  return metadata.name ?? ''
}
