import type { PipelineRun } from '../../../crds/kinds.ts'
import { findWithheldNeed } from '../../engine/approval.ts'
import { toGroupKey } from '../../engine/concurrency/supersede.ts'
import { findGroupTurns, waitsForOthers } from '../../engine/concurrency/turn.ts'
import type { GroupTurn } from '../../engine/queue/room.ts'
import { isRunFinal } from '../../engine/status/run-status.ts'
import { type Change, toId } from '../../kube/cache.ts'
import type { Timers } from '../../kube/timers.ts'
import { type Caches, indexes } from '../caches.ts'
import { findTellTime, type Told } from './told.ts'

export interface GroupTurnDeps {
  readonly caches: Caches
  readonly timers: Timers
  readonly wake: (key: string) => void
}

/** A turn, and after how many milliseconds to ask again though nothing was told. */
export interface ToldTurn {
  readonly turn: GroupTurn
  readonly againMs: number
}

/** These are woken by each change of their group. */
const nearPlace = 3

/** Whose turn it is in each concurrency group. One that has been let through keeps its turn, also where no cache shows it yet. */
export class GroupTurns {
  readonly #deps: GroupTurnDeps
  /** By group, until something in it changes. */
  readonly #known = new Map<string, ReadonlyMap<string, GroupTurn>>()
  /** Uids of runs that were let through. */
  readonly #begun = new Set<string>()
  readonly #told = new Map<string, Told>()

  constructor(deps: GroupTurnDeps) {
    this.#deps = deps
  }

  /** How many groups are remembered. */
  get size(): number {
    return this.#known.size
  }

  /** undefined: it is the run's turn, from now on until it ends. */
  find(run: PipelineRun): ToldTurn | undefined {
    const group = toGroupKey(run)
    const { uid = '', name = '' } = run.metadata
    if (group === undefined || isRunFinal(run.status?.phase)) return undefined
    const turn = this.#findAll(group).get(name)
    if (turn !== undefined) return this.#tell(uid, turn)
    this.#told.delete(uid)
    const mayBegin = run.spec.cancel !== true && findWithheldNeed(run) === undefined
    if (mayBegin && !this.#begun.has(uid)) {
      this.#begun.add(uid)
      this.#known.delete(group)
    }
    return undefined
  }

  /** A run that comes, ends, is cancelled or approved. */
  note(change: Change<PipelineRun>): void {
    const group = findGroup(change)
    if (group === undefined) return
    const { uid = '' } = change.object.metadata
    const isOver = isGone(change)
    if (isOver) {
      this.#begun.delete(uid)
      this.#told.delete(uid)
    }
    if (!isOver && !isOther(change)) return
    this.#known.delete(group)
    // What has just been listed asks by itself.
    if (change.kind !== 'added') this.#wakeNext(group)
  }

  #wakeNext(group: string): void {
    const turns = this.#findAll(group)
    for (const run of this.#deps.caches.runs.getByIndex(indexes.group, group)) {
      const { namespace = '', name = '' } = run.metadata
      const isNear = (turns.get(name)?.place.position ?? 0) <= nearPlace
      if (isNear && waitsForOthers(run) && !isRunFinal(run.status?.phase)) this.#deps.wake(toId({ namespace, name }))
    }
  }

  #findAll(group: string): ReadonlyMap<string, GroupTurn> {
    const known = this.#known.get(group)
    if (known !== undefined) return known
    const runs = this.#deps.caches.runs.getByIndex(indexes.group, group)
    const turns = findGroupTurns({ runs, hasBegun: (run) => this.#hasBegun(run) })
    // Groups come and go with branches: what nobody asks about any more is not kept.
    if (runs.some(({ status }) => !isRunFinal(status?.phase))) this.#known.set(group, turns)
    return turns
  }

  #hasBegun({ metadata: { uid = '' }, status }: PipelineRun): boolean {
    const { caches } = this.#deps
    return (
      this.#begun.has(uid) ||
      status?.startTime !== undefined ||
      caches.jobs.getByIndex(indexes.run, uid).length > 0 ||
      caches.runs.getByIndex(indexes.parent, uid).length > 0
    )
  }

  #tell(uid: string, turn: GroupTurn): ToldTurn {
    const now = this.#deps.timers.now()
    const last = this.#told.get(uid)
    const isDue = last === undefined || now >= findTellTime(last, turn.place)
    const told = isDue ? { room: { granted: new Set<string>(), waiting: new Map(), place: turn.place }, at: now } : last
    this.#told.set(uid, told)
    const place = told.room.place ?? turn.place
    return { turn: { ...turn, place }, againMs: findTellTime(told, place) - now }
  }
}

/** The stub of an ended run may not know its group any more. */
function findGroup({ object, previous = object }: Change<PipelineRun>): string | undefined {
  return toGroupKey(object) ?? toGroupKey(previous)
}

/** It has ended just now; what was a stub already tells nothing. */
function isGone({ kind, object, previous }: Change<PipelineRun>): boolean {
  return (kind === 'removed' || isRunFinal(object.status?.phase)) && !isRunFinal(previous?.status?.phase)
}

function isOther({ object, previous }: Change<PipelineRun>): boolean {
  return previous?.metadata.generation !== object.metadata.generation
}
