import type { PipelineRun } from '../../../crds/kinds.ts'
import type { Amounts } from '../../engine/queue/demand.ts'
import { giveRoom, type Turn } from '../../engine/queue/grant.ts'
import type { Room } from '../../engine/queue/room.ts'
import { findShare } from '../../engine/queue/share.ts'
import type { JobCreation } from '../../engine/run-plan.ts'
import { isRunFinal } from '../../engine/status/run-status.ts'
import { toId } from '../../kube/cache.ts'
import type { Timers } from '../../kube/timers.ts'
import type { Caches } from '../caches.ts'
import { ForeignUse } from './foreign-use.ts'
import { Grants } from './grants.ts'
import { listHoldings } from './holdings.ts'
import { measureOf, toQueueFacts } from './queue-facts.ts'
import { findRunScope, findScope, type QuotaCaches, type Scope } from './quota-caches.ts'
import { findTellTime, isSameTold, keepWords, type Told } from './told.ts'

export interface LedgerDeps {
  readonly caches: Caches
  readonly quotas: QuotaCaches
  readonly timers: Timers
  /** Has the run looked at again. */
  readonly wake: (key: string) => void
}

interface Waiter {
  readonly key: string
  readonly run: PipelineRun
  readonly wants: readonly Pick<JobCreation, 'step' | 'attempt'>[]
  /** What the queue last said; undefined until it was asked. */
  turn?: Turn | undefined
  told?: Told | undefined
}

/** Part of the time that is spent on one queue: after a look, twenty times as long passes before the next. */
const restFactor = 20
/** While somebody waits, also without a change: what others hold shows only with time. */
const againMs = 15_000
/** After a start, nothing is given out before all runs have been asked, so that nobody is overtaken; but no longer than this. */
const warmUpMs = 3000

/**
 * Who waits for room and who has been given some. Rebuilt from the caches after a restart: runs ask again by themselves.
 * What it grants the API server's quota may still refuse; the step then waits with its Job.
 */
export class RoomLedger {
  readonly #deps: LedgerDeps
  readonly #grants: Grants
  readonly #waiters = new Map<string, Waiter>()
  readonly #foreign = new ForeignUse()
  /** By key of the scope: when it may be looked at again, and how to take back a look that is planned. */
  readonly #restUntil = new Map<string, number>()
  readonly #planned = new Map<string, { readonly at: number; readonly cancel: () => void }>()
  #unasked: Set<string> | undefined
  #warmUntil = 0

  constructor(deps: LedgerDeps) {
    this.#deps = deps
    this.#grants = new Grants(deps.caches)
  }

  /** What the queue says to a run that would make these Jobs, were there room; undefined where it has no queue. */
  ask(run: PipelineRun, wants: readonly Pick<JobCreation, 'step' | 'attempt'>[]): Room | undefined {
    const { name = '', namespace = '', uid } = run.metadata
    const key = toId({ namespace, name })
    this.#noteAsked(key)
    const scope = wants.length === 0 ? undefined : findRunScope(this.#deps.quotas, run)
    if (scope === undefined) {
      this.forget(key)
      return undefined
    }
    const known = this.#waiters.get(key)
    const last = known?.run.metadata.uid === uid ? known : undefined
    const waiter: Waiter = { key, run, wants, turn: last?.turn, told: last?.told }
    this.#waiters.set(key, waiter)
    // What changes besides tells itself: note() is called then.
    if (!isSameWait(last, waiter) && this.#listOpen(waiter).length > 0) this.#lookSoon(scope, key)
    return this.#tell(waiter)
  }

  /** The run is gone, or wants nothing more: those behind it may come forward. */
  forget(key: string): void {
    if (this.#waiters.delete(key)) this.note(key.slice(0, key.indexOf('/')))
  }

  /** Something changed in a namespace that may make room. */
  note(namespace: string): void {
    if (this.#waiters.size === 0) return
    const scope = findScope(this.#deps.quotas, namespace)
    if (scope !== undefined) this.#planLook(scope, 0)
    else
      for (const { key, run } of this.#waiters.values()) if (run.metadata.namespace === namespace) this.#deps.wake(key)
  }

  noteAll(): void {
    for (const namespace of this.#listNamespaces()) this.note(namespace)
  }

  /** Those in which runs wait. */
  #listNamespaces(): readonly string[] {
    return [...new Set([...this.#waiters.values()].map(({ run }) => run.metadata.namespace ?? ''))]
  }

  stop(): void {
    for (const { cancel } of this.#planned.values()) cancel()
    this.#planned.clear()
  }

  #lookSoon(scope: Scope, asking: string): void {
    if (this.#deps.timers.now() >= (this.#restUntil.get(scope.key) ?? 0)) this.#look(scope, asking)
    else this.#planLook(scope, 0)
  }

  #planLook({ key }: Scope, delayMs: number): void {
    const { timers, quotas } = this.#deps
    const now = timers.now()
    const at = Math.max(now + delayMs, this.#restUntil.get(key) ?? 0)
    const planned = this.#planned.get(key)
    if (planned !== undefined && planned.at <= at) return
    planned?.cancel()
    const look = (): void => {
      this.#planned.delete(key)
      // As it is by then: a namespace may have left the team.
      const scopes = this.#listNamespaces().map((namespace) => findScope(quotas, namespace))
      const scope = scopes.find((found) => found?.key === key)
      if (scope !== undefined) this.#look(scope)
    }
    this.#planned.set(key, { at, cancel: timers.after(at - now, look) })
  }

  #look(scope: Scope, asking?: string): void {
    const { timers, wake } = this.#deps
    const begin = timers.now()
    const waiters = [...this.#waiters.values()].filter(({ run }) => isIn(scope, run))
    if (waiters.length === 0) return
    if (this.#isWarmingUp(scope)) return this.#planLook(scope, this.#warmUntil - begin)
    this.#grants.prune(begin)
    const turns = this.#judge(scope, waiters)
    for (const waiter of waiters) {
      waiter.turn = turns.get(waiter.key)
      const granted = this.#grant(waiter, begin)
      if (granted && waiter.key !== asking) wake(waiter.key)
    }
    const now = timers.now()
    this.#restUntil.set(scope.key, now + restFactor * (now - begin))
    const tellAt = waiters.map((waiter) => this.#findTellTime(waiter, asking)).filter((at) => at !== undefined)
    if (waiters.some((waiter) => this.#listOpen(waiter).length > 0)) {
      this.#planLook(scope, Math.max(1, Math.min(againMs, ...tellAt.map((at) => at - now))))
    }
  }

  #judge(scope: Scope, waiters: readonly Waiter[]): ReadonlyMap<string, Turn> {
    const { caches, quotas, timers } = this.#deps
    const { namespaces } = scope
    const holdings = [...listHoldings(caches, namespaces), ...this.#grants.listHoldings(namespaces)]
    const foreign = (id: string, now: Amounts) => this.#foreign.note(id, now, timers.now())
    const asking = waiters.map((waiter) => {
      return { key: waiter.key, run: waiter.run, steps: this.#listOpen(waiter).map(({ step }) => step) }
    })
    const open = asking.filter(({ steps }) => steps.length > 0)
    return giveRoom(toQueueFacts(scope, open, { quotas, holdings, foreign }))
  }

  /** Keeps the room of what was let through; gives back whether anything was. */
  #grant({ run, wants, turn }: Waiter, at: number): boolean {
    const { uid = '', namespace = '' } = run.metadata
    const granted = wants.filter(({ step }) => turn?.granted.has(step) === true)
    for (const { step, attempt } of granted) {
      const priorityClass = run.spec.plan?.priority?.className
      const demand = measureOf(run, step)
      this.#grants.add({ runUid: uid, step, attempt, namespace, share: findShare(run), priorityClass, demand }, at)
    }
    return granted.length > 0
  }

  #listOpen({ run, wants }: Waiter): Waiter['wants'] {
    return wants.filter((want) => !this.#grants.has({ ...want, runUid: run.metadata.uid ?? '' }))
  }

  #tell(waiter: Waiter): Room {
    const now = this.#deps.timers.now()
    const next = this.#toRoom(waiter)
    if (next.place === undefined) waiter.told = undefined
    else if (waiter.told === undefined || now >= findTellTime(waiter.told, next.place)) {
      waiter.told = { room: next, at: now }
    }
    return keepWords(waiter.told?.room, next)
  }

  #toRoom(waiter: Waiter): Room {
    const { turn } = waiter
    const open = this.#listOpen(waiter)
    const words = ({ step }: (typeof open)[number]) =>
      turn?.waiting.get(step) ?? 'its place in the queue is being found'
    const waiting = new Map(open.map((want) => [want.step, words(want)]))
    const granted = new Set(waiter.wants.flatMap(({ step }) => (waiting.has(step) ? [] : [step])))
    const [first] = waiting
    if (turn?.position === undefined || first === undefined) return { granted, waiting }
    const message = `step ${first[0]} waits: ${first[1]}`
    return { granted, waiting, place: { position: turn.position, of: turn.of, message } }
  }

  /** Wakes who is to hear of a new place now; gives back when the others are. */
  #findTellTime(waiter: Waiter, asking: string | undefined): number | undefined {
    const { told, key } = waiter
    const room = this.#toRoom(waiter)
    if (key === asking || room.place === undefined) return undefined
    if (told !== undefined && isSameTold(told.room, room)) return undefined
    const at = told === undefined ? 0 : findTellTime(told, room.place)
    if (at > this.#deps.timers.now()) return at
    this.#deps.wake(key)
    return undefined
  }

  #noteAsked(key: string): void {
    const { caches, timers } = this.#deps
    if (this.#unasked === undefined) {
      const open = caches.runs.list().filter(({ status }) => !isRunFinal(status?.phase))
      this.#unasked = new Set(open.map(({ metadata: { namespace = '', name = '' } }) => toId({ namespace, name })))
      this.#warmUntil = timers.now() + warmUpMs
    }
    if (this.#unasked.delete(key) && this.#waiters.size > 0) this.note(key.slice(0, key.indexOf('/')))
  }

  #isWarmingUp({ namespaces }: Scope): boolean {
    if (this.#deps.timers.now() >= this.#warmUntil) this.#unasked?.clear()
    const waits = (key: string) => namespaces.includes(key.slice(0, key.indexOf('/')))
    return [...(this.#unasked ?? [])].some(waits)
  }
}

/** It has been looked at with just these wishes. */
function isSameWait(last: Waiter | undefined, now: Waiter): boolean {
  return last?.turn !== undefined && isSameWants(last.wants, now.wants)
}

function isSameWants(a: Waiter['wants'], b: Waiter['wants']): boolean {
  return (
    a.length === b.length &&
    a.every(({ step, attempt }, index) => {
      return step === b[index]?.step && attempt === b[index]?.attempt
    })
  )
}

function isIn({ namespaces }: Scope, { metadata }: PipelineRun): boolean {
  return namespaces.includes(metadata.namespace ?? '')
}
