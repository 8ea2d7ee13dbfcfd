import type { PipelineRun } from '../../../crds/kinds.ts'
import { isUnapproved } from '../../../crds/trust.ts'
import { isRunFinal } from '../status/run-status.ts'
import { sortByAge } from './age.ts'

export interface Supersession {
  /** The older run, which is to be cancelled. */
  readonly run: PipelineRun
  /** The newest of those that take its place. */
  readonly by: PipelineRun
}

/** `<namespace>/<group>`; undefined for a run in no concurrency group. */
export function toGroupKey({ metadata, spec }: PipelineRun): string | undefined {
  const group = spec.plan?.concurrency?.group
  return group === undefined ? undefined : `${metadata.namespace ?? ''}/${group}`
}

/**
 * Which unfinished runs of one group a newer one that cancels those before it takes the place of. Ended runs count as
 * newer ones too, so that a delivery which comes late starts nothing for an older commit; cancelled ones do not, so
 * that a run is always left.
 */
export function findSupersessions(runs: readonly PipelineRun[]): readonly Supersession[] {
  return matchSuperseders(runs).filter(
    ({ run }) => !isCancelled(run) && !isRunFinal(run.status?.phase) && !isGoing(run),
  )
}

/** The run that took the place of this one, by its name; undefined where another cause cancelled it. */
export function findSuperseder(runs: readonly PipelineRun[], name: string): string | undefined {
  return matchSuperseders(runs).find(({ run }) => run.metadata.name === name)?.by.metadata.name
}

/** Every run that has one, with the newest run that may take its place. */
function matchSuperseders(runs: readonly PipelineRun[]): readonly Supersession[] {
  if (!runs.some(cancelsOthers)) return []
  const newest = new Map<string, PipelineRun>()
  const matches: Supersession[] = []
  for (const run of sortByAge(runs).toReversed()) {
    const own = toPullRequestKey(run)
    const by = newest.get(everyone) ?? (own === undefined ? undefined : newest.get(own))
    if (by !== undefined) matches.push({ run, by })
    const reach = cancelsOthers(run) ? findReach(run) : undefined
    if (reach !== undefined && !newest.has(reach)) newest.set(reach, run)
  }
  return matches
}

function cancelsOthers(run: PipelineRun): boolean {
  return run.spec.plan?.concurrency?.cancelInProgress === true && !isCancelled(run) && !isGoing(run)
}

const everyone = ''

/**
 * Whose place a run may take. A commit that nobody vouches for chooses the name of its group itself, so it must not stop
 * others by that: only runs of its own pull request.
 */
function findReach(run: PipelineRun): string | undefined {
  return isUnapproved(run) ? toPullRequestKey(run) : everyone
}

export function toPullRequestKey({ spec: { event } }: PipelineRun): string | undefined {
  const number = event?.pullRequest?.number
  return number === undefined ? undefined : `${event?.connection ?? ''}#${number}`
}

function isCancelled({ spec, status }: PipelineRun): boolean {
  return spec.cancel === true || status?.phase === 'Cancelled'
}

function isGoing({ metadata }: PipelineRun): boolean {
  return metadata.deletionTimestamp !== undefined
}
