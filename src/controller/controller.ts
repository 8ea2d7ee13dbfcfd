import type { EngineSettings } from '../engine/snapshot.ts'
import { createEventWriter } from '../kube/events.ts'
import type { KubeApi } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import { createWorkQueue, type WorkQueue } from '../kube/work-queue.ts'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { askServerTime } from './ask-time.ts'
import { type Caches, createCaches, listCaches } from './caches.ts'
import { createEventSink } from './event-sink.ts'
import type { CreatePart } from './parts.ts'
import { ProgressTurns } from './postpone-status.ts'
import { createRunQueue, type RunQueue } from './queue/run-queue.ts'
import { reconcileConfig, reconcileConnection } from './reconcile-config.ts'
import { markStuck, type RunDeps, reconcileRun } from './reconcile-run.ts'
import { routeChanges } from './routes.ts'
import { RunMemories } from './run-memory.ts'
import { ServerClock } from './server-clock.ts'
import { reconcileGroup } from './supersede-runs.ts'

export interface ControllerDeps {
  /** Writes are refused by it while this process does not lead. */
  readonly api: KubeApi
  readonly clock: Clock
  readonly timers: Timers
  readonly settings: EngineSettings
  readonly log: Log
  readonly workers?: number
  /** What else runs while this process leads. */
  readonly parts?: readonly CreatePart[]
}

/** Watches from the start; works only between lead() and stop(). */
export interface Controller {
  readonly caches: Caches
  start(): void
  /** Begins to write: this process leads. */
  lead(): void
  stop(): Promise<void>
  isReady(): boolean
  /** Milliseconds since the least heard of the caches has heard from the API server. */
  silentForMs(): number
}

/** More calls at once only make the API server and the webhooks of a small cluster slower for each other. */
const defaultWorkers = 16
/** Status of configs and connections follows a burst of runs once, not run by run. */
const statusDelayMs = 2000
/** Failures in a row after which a run says so itself. */
const stuckAfter = 3

export function createController(deps: ControllerDeps): Controller {
  const { api, timers, log } = deps
  const watching = {
    source: api,
    timers,
    onFault: (error: unknown) => log.warn({ err: error }, 'a watch failed and will be tried again'),
  }
  const caches = createCaches(watching)
  const queue = createRunQueue({ ...watching, caches, wake: (key) => queues.runs.add(key) })
  const runDeps = { ...createRunDeps(deps, caches), queue }
  const whenReady = createReadiness(deps, runDeps)
  const queues = createQueues(deps, runDeps, whenReady)
  const all = Object.values(queues)
  const listWatched = () => [...listCaches(caches), ...queue.listInformers()]
  const parts = createParts(deps, runDeps, whenReady)
  routeChanges(caches, {
    run: (key) => queues.runs.add(key),
    group: (key) => queues.groups.add(key),
    config: (key) => queues.configs.addAfter(key, statusDelayMs),
    connection: (key) => queues.connections.addAfter(key, statusDelayMs),
  })
  return {
    caches,
    start: () => listCaches(caches).forEach((cache) => cache.start()),
    lead: () => {
      queue.start()
      all.forEach((each) => each.start())
      parts.start().catch((error: unknown) => log.error({ err: error }, 'a part of the controller did not start'))
    },
    stop: async () => {
      await Promise.all([parts.stop(), queue.stop(), ...all.map((each) => each.stop())])
      await runDeps.events.drain()
      await Promise.all(listCaches(caches).map((cache) => cache.stop()))
    },
    isReady: () => listWatched().every((cache) => cache.hasSynced()),
    silentForMs: () => Math.max(...listWatched().map((cache) => cache.silentForMs())),
  }
}

function createParts(
  { parts = [], api, timers, log }: ControllerDeps,
  { caches, clock }: RunDeps,
  whenReady: Readiness,
) {
  const created = parts.map((create) => create({ api, caches, clock, timers, log }))
  let isStopped = false
  return {
    start: async () => {
      await whenReady()
      if (!isStopped) for (const part of created) part.start()
    },
    stop: async () => {
      isStopped = true
      await Promise.all(created.map((part) => part.stop()))
    },
  }
}

function createRunDeps({ api, clock, timers, settings, log }: ControllerDeps, caches: Caches): Omit<RunDeps, 'queue'> {
  const serverClock = new ServerClock(clock)
  let lostEvents = 0
  const writer = createEventWriter({
    client: api,
    clock: serverClock,
    component: 'c8s-controller',
    onFault: (error) => {
      lostEvents += 1
      if (isPowerOfTwo(lostEvents)) log.warn({ err: error, lostEvents }, 'an event was not written')
    },
  })
  return {
    caches,
    reader: api,
    client: api,
    clock: serverClock,
    settings,
    events: createEventSink(writer, timers),
    memories: new RunMemories(),
    progressTurns: new ProgressTurns(),
    onPassingFault: (error, failures) => {
      // Not each: an outage of the API server would fill the log.
      if (Number.isInteger(Math.log2(failures)))
        log.warn({ err: error, failures }, 'a call failed and will be tried again')
    },
  }
}

/** For what may go wrong often at once, as in an outage of the API server: the log tells of it, and is not filled by it. */
function isPowerOfTwo(count: number): boolean {
  return Number.isInteger(Math.log2(count))
}

interface Queues {
  readonly runs: WorkQueue
  readonly groups: WorkQueue
  readonly configs: WorkQueue
  readonly connections: WorkQueue
}

function createQueues(
  { api, timers, log, workers = defaultWorkers }: ControllerDeps,
  run: RunDeps & { readonly queue: RunQueue },
  whenReady: Readiness,
): Queues {
  const config = { caches: run.caches, client: api, clock: run.clock, applied: new Map<string, string>() }
  const onFault = (error: unknown, key: string, failures: number) =>
    log.error({ err: error, key, failures }, 'a reconcile failed and will be tried again')
  const createQueue = (work: Work) =>
    createWorkQueue({ timers, workers: 2, onFault, work: afterReady(whenReady, work) })
  return {
    runs: createWorkQueue({
      timers,
      workers,
      work: afterReady(whenReady, async (key) => {
        await run.queue.whenSynced()
        return reconcileRun(run, key)
      }),
      onFault: (error, key, failures) => {
        onFault(error, key, failures)
        if (failures === stuckAfter) void noteStuck(run, key, { error, log })
      },
    }),
    groups: createQueue((key) => reconcileGroup(config, key)),
    configs: createQueue((key) => reconcileConfig(config, key)),
    connections: createQueue((key) => reconcileConnection(config, key)),
  }
}

async function noteStuck(run: RunDeps, key: string, { error, log }: { error: unknown; log: Log }): Promise<void> {
  try {
    await markStuck(run, key, error)
  } catch (fault) {
    log.warn({ err: fault, key }, 'the fault could not be noted on the run')
  }
}

type Work = (key: string) => Promise<number | undefined>

type Readiness = () => Promise<unknown>

/** No decision on half a list, where a Job that is merely not listed yet would look deleted; and none by a clock that nobody has compared. */
function createReadiness({ api, timers, log }: ControllerDeps, { caches, clock }: RunDeps): Readiness {
  let ready: Promise<unknown> | undefined
  const prepare = () =>
    Promise.all([...listCaches(caches).map((cache) => cache.whenSynced()), askServerTime({ api, clock, timers, log })])
  return () => (ready ??= prepare())
}

function afterReady(whenReady: Readiness, work: Work): Work {
  return async (key) => {
    await whenReady()
    return work(key)
  }
}
