import type { Clock } from '../lib/clock.ts'
import { resourceTypes } from '../lib/resource-types.ts'
import { isAlreadyExists, isConflict } from './kube-error.ts'
import {
  decideMove,
  type ElectionSettings,
  electionSettings,
  type Lease,
  type Observation,
  observe,
} from './lease-state.ts'
import type { KubeClient, ObjectKey } from './ports.ts'
import { type Timers, waitFor } from './timers.ts'

export interface ElectionOptions {
  /** With a timeout of at most half of renewMs, so that one lost call is not a lost lease. */
  readonly client: KubeClient
  readonly key: ObjectKey & { readonly namespace: string }
  /** Unique to this process: the pod's name is not enough after a restart of its container. */
  readonly identity: string
  readonly timers: Timers
  /** Only for the times that people read in the lease. */
  readonly clock: Clock
  readonly settings?: ElectionSettings
  readonly onStarted: () => void
  /**
   * Called once, early enough before another may start: whoever leads stops writing at once, best by ending the process.
   * The election is over for this process.
   */
  readonly onLost: (reason: string) => void
  /** For the log: a renewal that failed and will be tried again. */
  readonly onFault?: (error: unknown) => void
}

/**
 * One leader by a coordination.k8s.io Lease. It makes two leaders unlikely, not impossible: what they write is kept right by
 * deterministic names and resourceVersions. `fenceClient` narrows the gap to requests that are under way.
 */
export interface Election {
  start(): void
  /** Stops and, where this process led, gives the lease back. Call it after the work has stopped. */
  stop(): Promise<void>
  isLeading(): boolean
}

export function createElection(options: ElectionOptions): Election {
  return new LeaseElection(options)
}

class LeaseElection implements Election {
  readonly #options: ElectionOptions
  readonly #settings: ElectionSettings
  readonly #stop = new AbortController()
  #observation: Observation | undefined
  /** When the request of the last successful write was sent; undefined: not leading. */
  #heldSince: number | undefined
  #hasLost = false
  #cancelDeadline: () => void = () => {}
  #running: Promise<void> | undefined

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#settings = options.settings ?? electionSettings
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    const wasLeading = this.isLeading()
    this.#cancelDeadline()
    this.#heldSince = undefined
    if (wasLeading) {
      await this.#giveBack().catch((error: unknown) => this.#options.onFault?.(error))
    }
  }

  /** By the clock, not by a timer: right also in the first moment after this process was frozen. */
  isLeading(): boolean {
    return (
      !this.#hasLost &&
      this.#heldSince !== undefined &&
      this.#options.timers.now() - this.#heldSince < this.#settings.renewMs
    )
  }

  async #run(): Promise<void> {
    const { timers } = this.#options
    while (!this.#stop.signal.aborted && !this.#hasLost) {
      await this.#try().catch((error: unknown) => this.#options.onFault?.(error))
      // Jittered, so that two candidates don't meet each time.
      await waitFor(timers, this.#settings.retryMs * (1 + 0.2 * timers.random()), this.#stop.signal)
    }
  }

  async #try(): Promise<void> {
    const { client, key, identity, timers } = this.#options
    const lease = await client.get<Lease>(resourceTypes.lease, key)
    const now = timers.now()
    this.#observation = observe(this.#observation, lease, now)
    const end = this.#findEnd(lease)
    if (end !== undefined) {
      this.#lose(end)
      return
    }
    const view = { lease, observation: this.#observation, identity, now, leaseMs: this.#settings.leaseMs }
    const move = decideMove(view)
    if (move.kind !== 'wait') {
      await this.#claim(move.kind === 'create' ? undefined : move.lease, now)
    }
  }

  #findEnd(lease: Lease | undefined): string | undefined {
    if (this.#heldSince === undefined) {
      return undefined
    }
    const holder = lease?.spec?.holderIdentity ?? ''
    if (holder !== this.#options.identity) {
      return `the lease is held by ${holder === '' ? 'nobody' : JSON.stringify(holder)}`
    }
    // This process was frozen: what it knows is as old as its lease, even where nobody took that.
    return this.isLeading() ? undefined : `no renewal succeeded within ${this.#settings.renewMs} ms`
  }

  async #claim(lease: Lease | undefined, now: number): Promise<void> {
    try {
      const written = await this.#write(lease)
      this.#observation = observe(this.#observation, written, this.#options.timers.now())
      this.#hold(now)
    } catch (error) {
      if (!isConflict(error) && !isAlreadyExists(error)) {
        throw error
      }
      // Another one was quicker; the next look tells.
    }
  }

  #write(lease: Lease | undefined): Promise<Lease> {
    const { client, key, identity, clock } = this.#options
    const nowText = toMicroTime(clock.now())
    const isOurs = lease?.spec?.holderIdentity === identity
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#settings.leaseMs / 1000),
      renewTime: nowText,
      acquireTime: isOurs ? (lease?.spec?.acquireTime ?? nowText) : nowText,
      leaseTransitions: (lease?.spec?.leaseTransitions ?? -1) + (isOurs ? 0 : 1),
    }
    return lease === undefined
      ? client.create<Lease>(resourceTypes.lease, { metadata: key, spec })
      : client.replace<Lease>(resourceTypes.lease, { ...lease, spec })
  }

  /** `since` lies before the write: others start to count when they see it, which is later. */
  #hold(since: number): void {
    const { timers, onStarted } = this.#options
    const isNew = this.#heldSince === undefined
    this.#heldSince = since
    this.#cancelDeadline()
    this.#cancelDeadline = timers.after(since + this.#settings.renewMs - timers.now(), () =>
      this.#lose(`no renewal succeeded within ${this.#settings.renewMs} ms`),
    )
    if (isNew && !this.#stop.signal.aborted) {
      onStarted()
    }
  }

  #lose(reason: string): void {
    if (!this.#hasLost && this.#heldSince !== undefined) {
      this.#hasLost = true
      this.#cancelDeadline()
      this.#options.onLost(reason)
    }
  }

  async #giveBack(): Promise<void> {
    const { client, key, identity } = this.#options
    const lease = await client.get<Lease>(resourceTypes.lease, key)
    if (lease?.spec?.holderIdentity === identity) {
      const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1 }
      await client.replace<Lease>(resourceTypes.lease, { ...lease, spec })
    }
  }
}

/** metav1.MicroTime. */
function toMicroTime(at: number): string {
  return new Date(at).toISOString().replace('Z', '000Z')
}
