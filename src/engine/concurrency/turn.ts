import type { PipelineRun } from '../../../crds/kinds.ts'
import { isUnapproved } from '../../../crds/trust.ts'
import { findWithheldNeed } from '../approval.ts'
import type { GroupTurn } from '../queue/room.ts'
import { isRunFinal } from '../status/run-status.ts'
import { sortByAge } from './age.ts'
import { toPullRequestKey } from './supersede.ts'

export interface GroupFacts {
  /** Of one concurrency group. */
  readonly runs: readonly PipelineRun[]
  /** Whether a step of the run has begun, or was let through. */
  readonly hasBegun: (run: PipelineRun) => boolean
}

/**
 * Which runs of a group wait for another, by name. One goes on at a time, the oldest first, and what has begun is never
 * held up. Runs that cancel those before them wait for nobody, and nobody waits for a run that may not even begin.
 */
export function findGroupTurns({ runs, hasBegun }: GroupFacts): ReadonlyMap<string, GroupTurn> {
  const open = sortByAge(runs.filter(isOpen))
  const isBegun = new Set(open.filter(hasBegun))
  const [begun, ahead, queued] = [new Line(), new Line(), new Line()]
  for (const run of isBegun) begun.add(run)
  const waiting: (readonly [run: PipelineRun, after: PipelineRun, position: number])[] = []
  for (const run of open) {
    if (isBegun.has(run) || run.spec.cancel === true) continue
    const after = waitsForOthers(run) ? (begun.findFirst(run) ?? ahead.findFirst(run)) : undefined
    if (after !== undefined) {
      waiting.push([run, after, queued.count(run) + 1])
      queued.add(run)
    }
    if (findWithheldNeed(run) === undefined) ahead.add(run)
  }
  return new Map(waiting.map((entry) => [entry[0].metadata.name ?? '', describe(entry, waiting.length)]))
}

function isOpen({ metadata, status }: PipelineRun): boolean {
  return metadata.deletionTimestamp === undefined && !isRunFinal(status?.phase)
}

export function waitsForOthers({ spec }: PipelineRun): boolean {
  return spec.plan?.concurrency?.cancelInProgress === false
}

const everyone = ''

interface Reached {
  readonly first: PipelineRun
  /** Place of the first among all of the line. */
  readonly at: number
  count: number
}

/**
 * Runs in their order, by whom they hold up: a group may have thousands, and each asks who is before it. A commit that nobody
 * vouches for chooses the name of its group itself, so it holds up none but the runs of its own pull request.
 */
class Line {
  readonly #reached = new Map<string, Reached>()
  #size = 0

  add(run: PipelineRun): void {
    const whom = isUnapproved(run) ? toPullRequestKey(run) : everyone
    if (whom === undefined) return
    const known = this.#reached.get(whom)
    if (known === undefined) this.#reached.set(whom, { first: run, at: this.#size, count: 1 })
    else known.count += 1
    this.#size += 1
  }

  findFirst(run: PipelineRun): PipelineRun | undefined {
    return this.#find(run).toSorted((a, b) => a.at - b.at)[0]?.first
  }

  count(run: PipelineRun): number {
    return this.#find(run).reduce((sum, { count }) => sum + count, 0)
  }

  #find(run: PipelineRun): readonly Reached[] {
    return [everyone, toPullRequestKey(run)].flatMap((key) => (key === undefined ? [] : (this.#reached.get(key) ?? [])))
  }
}

function describe([run, after, position]: readonly [PipelineRun, PipelineRun, number], of: number): GroupTurn {
  const group = run.spec.plan?.concurrency?.group ?? ''
  const { name = '' } = after.metadata
  const message = `run ${name} of concurrency group "${group}" comes first`
  return { after: name, place: { position, of, message } }
}
