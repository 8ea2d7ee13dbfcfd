import type { KubeObject, ResourceType } from '../lib/kubernetes.ts'
import { Backoff } from './backoff.ts'
import { type Change, type IndexFunction, ObjectCache, toId, toKey } from './cache.ts'
import { isExpired, KubeError } from './kube-error.ts'
import type { KubeWatcher, ListOptions, ObjectKey, WatchEvent } from './ports.ts'
import { type Timers, waitFor } from './timers.ts'
import { WatchGuard } from './watch-guard.ts'

export interface InformerOptions<T extends KubeObject> {
  readonly source: KubeWatcher
  readonly type: ResourceType
  readonly select?: ListOptions
  readonly timers: Timers
  /** Drops what nobody reads before it is kept; must keep namespace and name. Default: managedFields are dropped. */
  readonly transform?: (object: T) => T
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>
  /** For the log: a list or watch that failed and will be tried again, a handler that threw. */
  readonly onFault?: (error: unknown) => void
}

/** Plain numbers for metrics. */
interface InformerCounters {
  relists: number
  /** 410: history was compacted under us. */
  expired: number
  /** Watches that failed or fell silent. */
  restarts: number
  /** Changes that a list showed and the watch should have told. */
  missed: number
  handlerFaults: number
}

/** A cache that follows the cluster. Level-triggered: a missed event is found by the next list. */
export interface Informer<T extends KubeObject> {
  start(): void
  stop(): Promise<void>
  get(key: ObjectKey): T | undefined
  list(): readonly T[]
  getByIndex(index: string, value: string): readonly T[]
  /** Called in order, for what is cached already too when it starts late; what it throws or rejects with ends nothing. */
  onChange(handler: (change: Change<T>) => unknown): void
  hasSynced(): boolean
  whenSynced(): Promise<void>
  /** Milliseconds since the server was heard last: unhealthy above 6 minutes. */
  silentForMs(): number
  readonly counters: Readonly<InformerCounters>
}

/** Also when nothing seems wrong; jittered down to 4 minutes. */
const relistMs = 300_000
const watchTimeoutSeconds = 600
/** A watch that lived this long was a good one. */
const goodWatchMs = 30_000
const shortestWatchMs = 1000

export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  return new WatchingInformer(options)
}

class WatchingInformer<T extends KubeObject> implements Informer<T> {
  readonly counters: InformerCounters = { relists: 0, expired: 0, restarts: 0, missed: 0, handlerFaults: 0 }
  readonly #options: InformerOptions<T>
  readonly #cache: ObjectCache<T>
  readonly #backoff: Backoff
  readonly #handlers: ((change: Change<T>) => unknown)[] = []
  readonly #synced = Promise.withResolvers<void>()
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #hasSynced = false
  #heardAt: number
  /** How far the cache is known to follow; undefined: list first. */
  #version: string | undefined
  #isRelistDue = true
  #cancelRelist: () => void = () => {}

  constructor(options: InformerOptions<T>) {
    this.#options = options
    this.#cache = new ObjectCache(options.indexes ?? {}, options.transform ?? dropManagedFields)
    this.#backoff = new Backoff(() => options.timers.random())
    this.#heardAt = options.timers.now()
  }

  start(): void {
    // Before this there was nobody to hear from.
    if (this.#running === undefined) this.#heardAt = this.#options.timers.now()
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  get(key: ObjectKey): T | undefined {
    return this.#cache.get(key)
  }

  list(): readonly T[] {
    return this.#cache.list()
  }

  getByIndex(index: string, value: string): readonly T[] {
    return this.#cache.getByIndex(index, value)
  }

  onChange(handler: (change: Change<T>) => unknown): void {
    this.#handlers.push(handler)
    for (const object of this.#cache.list()) {
      this.#call(handler, { kind: 'added', key: toKey(object), object })
    }
  }

  hasSynced(): boolean {
    return this.#hasSynced
  }

  whenSynced(): Promise<void> {
    return this.#synced.promise
  }

  silentForMs(): number {
    return this.#options.timers.now() - this.#heardAt
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        if (this.#version === undefined || this.#isRelistDue) {
          this.#version = await this.#relist(this.#version)
        }
        this.#version = await this.#follow(this.#version)
      } catch (error) {
        await this.#recover(error)
      }
    }
    this.#cancelRelist()
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#stop.signal.aborted) {
      return
    }
    this.#version = undefined
    this.counters.restarts += 1
    this.counters.expired += isExpired(error) ? 1 : 0
    this.#options.onFault?.(error)
    await waitFor(this.#options.timers, this.#backoff.next(error), this.#stop.signal)
  }

  async #relist(followed: string | undefined): Promise<string> {
    const { source, type, select = {} } = this.#options
    const seen = new Set<string>()
    let version = ''
    for await (const page of source.listPages<T>(type, select)) {
      this.#heard()
      for (const object of page.items) {
        seen.add(toId(toKey(object)))
        const changes = this.#cache.upsert(object)
        this.counters.missed += changes.length > 0 && wasTold(object, followed) ? 1 : 0
        this.#tell(changes)
      }
      version = page.metadata.resourceVersion ?? version
    }
    this.#tell(this.#cache.retain(seen))
    this.counters.relists += 1
    this.#planRelist()
    this.#hasSynced = true
    this.#synced.resolve()
    return version
  }

  #planRelist(): void {
    const { timers } = this.#options
    this.#cancelRelist()
    this.#isRelistDue = false
    this.#cancelRelist = timers.after(relistMs * (0.8 + 0.2 * timers.random()), () => {
      this.#isRelistDue = true
    })
  }

  /** Follows one watch; gives back how far it came when it ended as planned, throws when it did not. */
  async #follow(from: string): Promise<string> {
    const { source, type, select = {}, timers } = this.#options
    const startedAt = timers.now()
    const guard = this.#guardWatch()
    let version = from
    try {
      const options = { ...select, resourceVersion: from, timeoutSeconds: watchTimeoutSeconds, signal: guard.signal }
      for await (const event of source.watch(type, options)) {
        guard.noteSign()
        this.#heard()
        this.#accept(event)
        version = event.object.metadata.resourceVersion ?? version
      }
    } catch (error) {
      if (!guard.signal.aborted) {
        throw error
      }
      return version
    } finally {
      guard.close()
      if (timers.now() - startedAt >= goodWatchMs) {
        this.#backoff.reset()
      }
    }
    if (timers.now() - startedAt < shortestWatchMs) {
      const detail = 'the server ended the watch at once'
      throw new KubeError(`watch ${type.plural}`, { status: 0, reason: 'BrokenStream', detail })
    }
    return version
  }

  #guardWatch(): WatchGuard {
    return new WatchGuard({
      timers: this.#options.timers,
      stop: this.#stop.signal,
      isRelistDue: () => this.#isRelistDue,
      onSilent: () => {
        this.counters.restarts += 1
      },
    })
  }

  #accept(event: WatchEvent): void {
    if (event.type === 'DELETED') {
      this.#tell(this.#cache.remove(toKey(event.object), event.object.metadata.uid))
    } else if (event.type !== 'BOOKMARK') {
      this.#tell(this.#cache.upsert(event.object as T))
    }
  }

  #heard(): void {
    this.#heardAt = this.#options.timers.now()
  }

  #tell(changes: readonly Change<T>[]): void {
    for (const change of changes) {
      for (const handler of this.#handlers) {
        this.#call(handler, change)
      }
    }
  }

  #call(handler: (change: Change<T>) => unknown, change: Change<T>): void {
    const fail = (error: unknown): void => {
      this.counters.handlerFaults += 1
      this.#options.onFault?.(error)
    }
    try {
      // An async function passes for a handler too; its rejection must not end the process.
      const result = handler(change)
      if (result instanceof Promise) {
        result.catch(fail)
      }
    } catch (error) {
      fail(error)
    }
  }
}

/** True for a change that lies before the point up to which the watch had told everything. */
function wasTold(object: KubeObject, followed: string | undefined): boolean {
  return followed !== undefined && Number(object.metadata.resourceVersion) <= Number(followed)
}

/** Often half of an object, and read by nobody here. */
function dropManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { managedFields?: unknown }
  return { ...object, metadata }
}
