import type { Instant } from '../../lib/clock.ts'
import type { Amounts } from './demand.ts'
import { type Domain, describeLacks, RoomLeft } from './domain.ts'

interface WaitingStep {
  readonly name: string
  readonly demand: Amounts
}

/** A run of which steps could start at once, were there room. */
export interface WaitingRun {
  readonly id: string
  /** Ids of the domains that count its steps. */
  readonly domains: readonly string[]
  readonly priority: number
  /** A step of it has been started already. */
  readonly hasStarted: boolean
  /** Runs with the same share are taken together where room is divided: those of one config. */
  readonly share: string
  readonly createdAt: Instant
  /** In plan order. */
  readonly steps: readonly WaitingStep[]
}

export interface QueueFacts {
  readonly domains: readonly Domain[]
  readonly runs: readonly WaitingRun[]
  /** How many steps of each share have room now. */
  readonly held: ReadonlyMap<string, number>
}

/** What is said to one run. */
export interface Turn {
  readonly granted: ReadonlySet<string>
  /** Steps that wait, and what for. */
  readonly waiting: ReadonlyMap<string, string>
  /** Among the runs of which a step waits, from 1; undefined where none does. */
  readonly position?: number
  readonly of: number
}

/**
 * Who gets room now, and who stands where. The order: priority, then runs that have started, then the share that has
 * least, then age, then name. A step that has to wait keeps what there is of all that it asks for; one behind it only
 * starts if that takes nothing away. The order of the lists means nothing.
 */
export function giveRoom({ domains, runs, held }: QueueFacts): ReadonlyMap<string, Turn> {
  const room = new RoomLeft(domains)
  const turns = new Map(runs.map(({ id }) => [id, { granted: new Set<string>(), waiting: new Map<string, string>() }]))
  const parts = sortParts(runs, held)
  for (const { run, steps } of parts) {
    for (const { name, demand } of steps) {
      const lacks = room.take(run.domains, demand)
      if (lacks.length === 0) turns.get(run.id)?.granted.add(name)
      else turns.get(run.id)?.waiting.set(name, describeLacks(lacks))
    }
  }
  return placeRuns(turns, parts)
}

type OpenTurn = Pick<Turn, 'granted' | 'waiting'>

/** A run stands where its first waiting step does. */
function placeRuns(turns: ReadonlyMap<string, OpenTurn>, parts: readonly Part[]): ReadonlyMap<string, Turn> {
  const places = new Map<string, number>()
  for (const { run, steps } of parts) {
    const waits = steps.some(({ name }) => turns.get(run.id)?.waiting.has(name))
    if (waits && !places.has(run.id)) places.set(run.id, places.size + 1)
  }
  const of = places.size
  return new Map(
    [...turns].map(([id, turn]) => {
      const position = places.get(id)
      return [id, position === undefined ? { ...turn, of } : { ...turn, of, position }]
    }),
  )
}

/** What is judged together: one step of a run that has started, all steps of one that has not, since they start it. */
interface Part {
  readonly run: WaitingRun
  readonly steps: readonly WaitingStep[]
}

/** All parts in the order of the queue. */
function sortParts(runs: readonly WaitingRun[], held: ReadonlyMap<string, number>): readonly Part[] {
  const counts = new Map(held)
  const classes = Map.groupBy(runs.toSorted(compareClass), ({ priority, hasStarted }) => `${priority} ${hasStarted}`)
  return [...classes.values()].flatMap((members) => takeTurns(members, counts))
}

function compareClass(a: WaitingRun, b: WaitingRun): number {
  return b.priority - a.priority || Number(b.hasStarted) - Number(a.hasStarted) || compareAge(a, b)
}

function compareAge(a: WaitingRun, b: WaitingRun): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id === b.id ? 0 : 1)
}

/** The parts of one share that nothing was decided about yet, oldest first. */
interface Line {
  readonly share: string
  readonly parts: readonly Part[]
  next: number
}

/** Again and again the share that has least, of it the oldest. What is placed counts, whether it gets room or waits. */
function takeTurns(runs: readonly WaitingRun[], counts: Map<string, number>): readonly Part[] {
  const lines: readonly Line[] = [...Map.groupBy(runs, ({ share }) => share)].map(([share, members]) => {
    return { share, parts: members.flatMap(toParts), next: 0 }
  })
  const order: Part[] = []
  for (;;) {
    const line = findNext(lines, counts)
    const part = line?.parts[line.next]
    if (line === undefined || part === undefined) return order
    line.next += 1
    counts.set(line.share, (counts.get(line.share) ?? 0) + part.steps.length)
    order.push(part)
  }
}

function toParts(run: WaitingRun): readonly Part[] {
  return run.hasStarted ? run.steps.map((step) => ({ run, steps: [step] })) : [{ run, steps: run.steps }]
}

function findNext(lines: readonly Line[], counts: ReadonlyMap<string, number>): Line | undefined {
  let best: { readonly line: Line; readonly part: Part; readonly count: number } | undefined
  for (const line of lines) {
    const part = line.parts[line.next]
    if (part === undefined) continue
    const count = counts.get(line.share) ?? 0
    const isBetter = best === undefined || (count - best.count || compareAge(part.run, best.part.run)) < 0
    if (isBetter) best = { line, part, count }
  }
  return best?.line
}
