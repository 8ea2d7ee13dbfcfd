import { planRun } from '../../engine/plan.ts'
import { isPodDone } from '../../engine/pod/container.ts'
import type { RunPlan } from '../../engine/run-plan.ts'
import type { Snapshot } from '../../engine/snapshot.ts'
import { isJobGoing } from '../../engine/step/work.ts'
import type { Informer } from '../../kube/informer.ts'
import type { KubeObject } from '../../lib/kubernetes.ts'
import type { CacheOptions, Caches } from '../caches.ts'
import { GroupTurns, type ToldTurn } from './group-turns.ts'
import { RoomLedger } from './ledger.ts'
import { createQuotaCaches, listQuotaCaches } from './quota-caches.ts'

export interface RunQueueDeps extends CacheOptions {
  readonly caches: Caches
  /** Has the run of this key looked at again. */
  readonly wake: (key: string) => void
}

/** Who may go on: plans runs as their concurrency group and the quotas of their namespace allow. */
export interface RunQueue {
  plan(snapshot: Snapshot): RunPlan
  /** The run is gone. */
  forget(key: string): void
  /** Begins to watch quotas: only who leads needs them. */
  start(): void
  whenSynced(): Promise<void>
  /** What it watches: nothing, and so all of it, before its start. Runs wait for it. */
  listInformers(): readonly Informer<KubeObject>[]
  stop(): Promise<void>
}

export function createRunQueue(deps: RunQueueDeps): RunQueue {
  const { caches, timers, wake } = deps
  const quotas = createQuotaCaches(deps)
  const ledger = new RoomLedger({ caches, quotas, timers, wake })
  const turns = new GroupTurns({ caches, timers, wake })
  const noteNamespace = ({ metadata }: KubeObject) => ledger.note(metadata.namespace ?? '')
  quotas.quotas.onChange(({ object }) => noteNamespace(object))
  quotas.teamQuotas.onChange(() => ledger.noteAll())
  quotas.namespaces.onChange(() => ledger.noteAll())
  caches.pods.onChange(({ kind, object }) => {
    if (kind === 'removed' || isPodDone(object)) noteNamespace(object)
  })
  caches.jobs.onChange(({ kind, object }) => {
    if (kind === 'removed' || !isJobGoing(object)) noteNamespace(object)
  })
  caches.runs.onChange((change) => turns.note(change))
  let watched: readonly Informer<KubeObject>[] = []
  return {
    plan: (snapshot) => planWithQueue(snapshot, { ledger, turns }),
    forget: (key) => ledger.forget(key),
    start: () => {
      watched = listQuotaCaches(quotas)
      for (const cache of watched) cache.start()
    },
    listInformers: () => watched,
    whenSynced: async () => {
      await Promise.all(listQuotaCaches(quotas).map((cache) => cache.whenSynced()))
    },
    stop: async () => {
      ledger.stop()
      await Promise.all(listQuotaCaches(quotas).map((cache) => cache.stop()))
    },
  }
}

interface Queues {
  readonly ledger: RoomLedger
  readonly turns: GroupTurns
}

/** What would start, were there room, is what the run asks for. */
function planWithQueue(snapshot: Snapshot, { ledger, turns }: Queues): RunPlan {
  const { run, now } = snapshot
  const told = turns.find(run)
  const free = told === undefined ? snapshot : { ...snapshot, groupTurn: told.turn }
  const open = planRun(free)
  const room = ledger.ask(run, open.creations)
  return wakeForTurn(room === undefined ? open : planRun({ ...free, room }), told, now)
}

function wakeForTurn(plan: RunPlan, told: ToldTurn | undefined, now: number): RunPlan {
  if (told === undefined) return plan
  const at = now + told.againMs
  return { ...plan, wakeAt: Math.min(plan.wakeAt ?? at, at) }
}
