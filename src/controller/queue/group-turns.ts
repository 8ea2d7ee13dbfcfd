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

/** How deep calls go at most. */
const deepestCall = 5
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
  note({ kind, object, previous }: Change<PipelineRun>): void {
    // The stub of an ended run may not know its group any more.
    const group = toGroupKey(object) ?? (previous === undefined ? undefined : toGroupKey(previous))
    if (group === undefined) return
    const isOver = kind === 'removed' || isRunFinal(object.status?.phase)
    if (isOver) this.#forget(object.metadata.uid ?? '')
    const hasEnded = kind !== 'added' && isOver && !isRunFinal(previous?.status?.phase)
    const isOther = previous?.metadata.generation !== object.metadata.generation
    if (hasEnded || isOther) this.#known.delete(group)
    // What waits already is told; what has just been listed asks by itself.
    if (hasEnded || (kind === 'changed' && isOther)) this.#wakeNext(group)
  }

  #wakeNext(group: string): void {
    const turns = this.#findAll(group)
    for (const run of this.#deps.caches.runs.getByIndex(indexes.group, group)) {
      const { namespace = '', name = '' } = run.metadata
      const isNear = (turns.get(name)?.place.position ?? 0) <= nearPlace
      if (isNear && waitsForOthers(run) && !isRunFinal(run.status?.phase)) this.#deps.wake(toId({ namespace, name }))
    }
  }

  #forget(uid: string): void {
    this.#begun.delete(uid)
    this.#told.delete(uid)
  }

  #findAll(group: string): ReadonlyMap<string, GroupTurn> {
    const known = this.#known.get(group)
    if (known !== undefined) return known
    const turns = findGroupTurns({
      runs: this.#deps.caches.runs.getByIndex(indexes.group, group),
      hasBegun: (run) => this.#hasBegun(run),
      ancestorsOf: (run) => this.#findAncestors(run),
    })
    this.#known.set(group, turns)
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

  #findAncestors(run: PipelineRun): ReadonlySet<string> {
    const found = new Set<string>()
    let parent = run.spec.parent?.uid
    for (let depth = 0; depth < deepestCall && parent !== undefined; depth += 1) {
      found.add(parent)
      parent = this.#deps.caches.runs.getByIndex(indexes.uid, parent)[0]?.spec.parent?.uid
    }
    return found
  }

  #tell(uid: string, turn: GroupTurn): ToldTurn {
    const now = this.#deps.timers.now()
    const last = this.#told.get(uid)
    const isDue = last === undefined || now >= findTellTime(last, turn.place)
    const told = isDue ? { room: { waiting: new Map(), place: turn.place }, at: now } : last
    this.#told.set(uid, told)
    const place = told.room.place ?? turn.place
    return { turn: { ...turn, place }, againMs: findTellTime(told, place) - now }
  }
}
