import type { PipelineRun } from '../../../crds/kinds.ts'
import { sortGraph } from '../../lib/dag.ts'

/** Older first: by creation (whole seconds), then by when c8s learnt of the event, then by name. A total order of a namespace. */
export function compareAge(a: PipelineRun, b: PipelineRun): number {
  return (
    toTime(a.metadata.creationTimestamp) - toTime(b.metadata.creationTimestamp) ||
    toTime(a.spec.event?.receivedAt) - toTime(b.spec.event?.receivedAt) ||
    (nameOf(a) < nameOf(b) ? -1 : nameOf(a) === nameOf(b) ? 0 : 1)
  )
}

function toTime(timestamp: string | undefined): number {
  const time = Date.parse(timestamp ?? '')
  return Number.isNaN(time) ? 0 : time
}

function nameOf({ metadata }: PipelineRun): string {
  return metadata.name ?? ''
}

/**
 * Runs of one namespace, oldest first. Deliveries overtake each other, so a push that says which commit it followed comes
 * after the run of that commit, whenever that was created. What such an older push cannot be is newer than the runs that
 * are newer than its successor: it moves to just before it. Runs created later never change the order of those before.
 */
export function sortByAge(runs: readonly PipelineRun[]): readonly PipelineRun[] {
  const sorted = runs.toSorted(compareAge)
  const older = linkPushes(sorted)
  if (older.size === 0) return sorted
  const names = sorted.map(nameOf)
  const { order, stuck } = sortGraph({ nodes: () => names, needs: (name) => older.get(name) ?? [] })
  // Pushed back and forth between two commits: time decides.
  for (const name of stuck) older.delete(name)
  const places = placeRuns(names, [...order, ...stuck], older)
  const positions = new Map([...order, ...stuck].map((name, index) => [name, index]))
  const rank = (map: ReadonlyMap<string, number>, run: PipelineRun) => map.get(nameOf(run)) ?? 0
  return sorted.toSorted((a, b) => rank(places, a) - rank(places, b) || rank(positions, a) - rank(positions, b))
}

/** By name: the place among all of the first created of the run itself and of those that came after it. */
function placeRuns(
  names: readonly string[],
  order: readonly string[],
  older: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, number> {
  const places = new Map(names.map((name, index) => [name, index]))
  for (const name of order.toReversed()) {
    const place = places.get(name) ?? 0
    for (const before of older.get(name) ?? []) places.set(before, Math.min(place, places.get(before) ?? place))
  }
  return places
}

/** By name of a push: the names of the runs of the commit that it followed. */
function linkPushes(runs: readonly PipelineRun[]): Map<string, readonly string[]> {
  const byCommit = new Map<string, string[]>()
  for (const run of runs) {
    const line = toLine(run)
    if (line === undefined) continue
    const key = `${line} ${run.spec.commit}`
    byCommit.set(key, [...(byCommit.get(key) ?? []), nameOf(run)])
  }
  const links = new Map<string, readonly string[]>()
  for (const run of runs) {
    const { event, commit } = run.spec
    const line = toLine(run)
    if (line === undefined || event?.before === undefined || event.before === commit) continue
    const before = byCommit.get(`${line} ${event.before}`)
    if (before !== undefined) links.set(nameOf(run), before)
  }
  return links
}

/** Which branch or pull request moved; undefined for runs that a person or a schedule asked for, of whatever commit. */
function toLine({ spec: { event, branch, tag, rerunOf } }: PipelineRun): string | undefined {
  if (event === undefined || event.command !== undefined || rerunOf !== undefined) return undefined
  const { type, connection, pipeline, pullRequest } = event
  if (type === 'schedule' || type === 'request') return undefined
  return JSON.stringify([type, connection, pipeline, pullRequest?.number, branch, tag])
}
