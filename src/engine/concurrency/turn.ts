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
  const begun = open.filter(hasBegun)
  const isBegun = new Set(begun)
  const ahead: PipelineRun[] = []
  const waiting: (readonly [run: PipelineRun, after: PipelineRun, position: number])[] = []
  for (const run of open) {
    if (isBegun.has(run) || run.spec.cancel === true) continue
    if (waitsForOthers(run)) {
      const reaching = findReaching(run)
      const after = begun.find(reaching) ?? ahead.find(reaching)
      const before = waiting.filter(([other]) => reaching(other)).length
      if (after !== undefined) waiting.push([run, after, before + 1])
    }
    if (findWithheldNeed(run) === undefined) ahead.push(run)
  }
  return new Map(waiting.map((entry) => [entry[0].metadata.name ?? '', describe(entry, waiting.length)]))
}

function isOpen({ metadata, status }: PipelineRun): boolean {
  return metadata.deletionTimestamp === undefined && !isRunFinal(status?.phase)
}

export function waitsForOthers({ spec }: PipelineRun): boolean {
  return spec.plan?.concurrency?.cancelInProgress === false
}

/**
 * Whom the run has to wait for. A commit that nobody vouches for chooses the name of its group itself, so it holds up
 * none but the runs of its own pull request.
 */
function findReaching(run: PipelineRun): (other: PipelineRun) => boolean {
  const own = toPullRequestKey(run)
  return (other) => !isUnapproved(other) || (own !== undefined && own === toPullRequestKey(other))
}

function describe([run, after, position]: readonly [PipelineRun, PipelineRun, number], of: number): GroupTurn {
  const group = run.spec.plan?.concurrency?.group ?? ''
  const { name = '' } = after.metadata
  const message = `run ${name} of concurrency group "${group}" comes first`
  return { after: name, place: { position, of, message } }
}
