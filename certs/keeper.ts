import { randomBytes } from 'node:crypto'
import { isAlreadyExists, isConflict } from '../src/kube/kube-error.ts'
import type { KubeClient, ObjectKey } from '../src/kube/ports.ts'
import { type Timers, waitFor } from '../src/kube/timers.ts'
import type { Clock, Instant } from '../src/lib/clock.ts'
import { type Authority, type AuthoritySecret, readAuthority, writeAuthority } from './authority.ts'
import { type ConfigurationNames, type FoundBundles, readBundles, writeBundles } from './ca-bundle.ts'
import { type Credential, createLeaf, generateKeys, parseCredential } from './pki.ts'
import {
  type CertificateAction,
  type CertificateSettings,
  certificateSettings,
  checkSettings,
  decideActions,
  foldTrust,
  type LeafView,
  listAuthorities,
  toLeafEnd,
} from './policy.ts'

export interface CertificateKeeperOptions {
  readonly client: KubeClient
  readonly clock: Clock
  readonly timers: Timers
  readonly settings?: CertificateSettings
  /** The Secret of the CA. */
  readonly secret: ObjectKey & { readonly namespace: string }
  readonly configurations: ConfigurationNames
  readonly dnsNames: readonly string[]
  /** For the log: what was done, and why. */
  readonly onAction?: (action: CertificateAction) => void
  /** For the log: what failed and will be tried again at the next look. */
  readonly onFault?: (error: unknown) => void
}

interface CertificateStatus {
  readonly leafEndsAt: Instant | undefined
  readonly authorityEndsAt: Instant | undefined
  /** Milliseconds since the API server was last read. */
  readonly silentForMs: number
}

/** Keeps this replica's leaf, the shared CA and the bundles as the policy wants them. */
export interface CertificateKeeper {
  start(): void
  stop(): Promise<void>
  /** Called with the leaf that there is and with each new one: put it into the TLS server. */
  onLeaf(listener: (leaf: Credential) => void): void
  /** A leaf is valid now and every bundle vouches for it: say ready only then. */
  isTrusted(): boolean
  status(): CertificateStatus
}

export function createCertificateKeeper(options: CertificateKeeperOptions): CertificateKeeper {
  const settings = options.settings ?? certificateSettings
  checkSettings(settings)
  return new LoopingKeeper(options, settings)
}

/** What was done changes what is to be done: look again at once, but not for ever. */
const roundsPerLook = 5

interface Observed {
  readonly secret: AuthoritySecret
  readonly bundles: FoundBundles
}

class LoopingKeeper implements CertificateKeeper {
  readonly #options: CertificateKeeperOptions
  readonly #settings: CertificateSettings
  readonly #stop = new AbortController()
  #running: Promise<void> | undefined
  #remembered: Authority | undefined
  #trustedSince: ReadonlyMap<string, Instant> = new Map()
  #changedAt: Instant | undefined
  #leaf: LeafView | undefined
  #credential: Credential | undefined
  readonly #listeners: ((leaf: Credential) => void)[] = []
  #readAt: number

  constructor(options: CertificateKeeperOptions, settings: CertificateSettings) {
    this.#options = options
    this.#settings = settings
    this.#readAt = options.timers.now()
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  onLeaf(listener: (leaf: Credential) => void): void {
    this.#listeners.push(listener)
    if (this.#credential !== undefined) {
      listener(this.#credential)
    }
  }

  isTrusted(): boolean {
    const isValid = this.#leaf !== undefined && this.#leaf.notAfter > this.#options.clock.now()
    return isValid && this.#trustedSince.has(this.#leaf?.issuer ?? '')
  }

  status(): CertificateStatus {
    return {
      leafEndsAt: this.#leaf?.notAfter,
      authorityEndsAt: this.#remembered?.state.current.notAfter,
      silentForMs: this.#options.timers.now() - this.#readAt,
    }
  }

  async #run(): Promise<void> {
    const { timers } = this.#options
    while (!this.#stop.signal.aborted) {
      const isDone = await this.#look()
      // Before the first leaf there is nothing to serve: a lost race is run again soon.
      const waitMs = isDone || this.#leaf !== undefined ? this.#settings.checkMs : this.#settings.checkMs / 10
      // Jittered, so that replicas don't write at the same moment each time.
      await waitFor(timers, waitMs * (0.8 + 0.2 * timers.random()), this.#stop.signal)
    }
  }

  async #look(): Promise<boolean> {
    for (let round = 0; round < roundsPerLook; round += 1) {
      try {
        const actions = await this.#runRound()
        if (actions.length === 0) {
          return true
        }
      } catch (error) {
        if (!isConflict(error) && !isAlreadyExists(error)) {
          this.#options.onFault?.(error)
          return false
        }
        // Another replica was quicker: look at what it did.
      }
    }
    return false
  }

  async #runRound(): Promise<readonly CertificateAction[]> {
    const observed = await this.#observe()
    const actions = this.#decide(observed)
    await this.#issueLeaf(observed, actions)
    await this.#writeBundles(observed, actions)
    await this.#writeSecret(observed, actions)
    for (const action of actions) {
      this.#options.onAction?.(action)
    }
    return actions
  }

  /** The bundles first: then no bundle is overwritten by what an older Secret said. */
  async #observe(): Promise<Observed> {
    const { client, configurations, secret: key } = this.#options
    const bundles = await readBundles(client, configurations)
    const secret = await readAuthority({ client, key, settings: this.#settings })
    this.#readAt = this.#options.timers.now()
    return { secret, bundles }
  }

  #decide({ secret, bundles }: Observed): CertificateAction[] {
    const now = this.#options.clock.now()
    if (secret.authority !== undefined) {
      this.#remember(secret.authority, now)
    }
    const known = this.#remembered === undefined ? [] : listAuthorities(this.#remembered.state)
    this.#trustedSince = foldTrust(this.#trustedSince, {
      bundles: bundles.views,
      known: [...known.map(({ fingerprint }) => fingerprint), ...(this.#leaf === undefined ? [] : [this.#leaf.issuer])],
      now,
    })
    return decideActions({
      now,
      settings: this.#settings,
      secret: secret.authority?.state ?? (secret.found === undefined ? 'missing' : 'corrupt'),
      remembered: this.#remembered?.state.current,
      bundles: bundles.views,
      trustedSince: this.#trustedSince,
      changedAt: this.#changedAt,
      leaf: this.#leaf,
    })
  }

  #remember(authority: Authority, now: Instant): void {
    const last = this.#remembered?.state.current.fingerprint
    if (last !== undefined && last !== authority.state.current.fingerprint) {
      this.#changedAt = now
    }
    this.#remembered = authority
  }

  async #writeSecret({ secret }: Observed, actions: readonly CertificateAction[]): Promise<void> {
    const { client, secret: key, clock } = this.#options
    for (const action of actions) {
      if (action.kind !== 'write-bundle' && action.kind !== 'issue-leaf') {
        const change = { action, remembered: this.#remembered, now: clock.now() }
        await writeAuthority({ client, key, settings: this.#settings }, secret, change)
      }
    }
  }

  async #writeBundles({ secret, bundles }: Observed, actions: readonly CertificateAction[]): Promise<void> {
    const { current, next, previous } = secret.authority?.content ?? {}
    const pems = new Map(bundles.certificates.map(({ pem, view }) => [view.fingerprint, pem]))
    const { state } = secret.authority ?? {}
    const ours = [
      [state?.current, current?.cert],
      [state?.next, next?.cert],
      [state?.previous, previous],
    ] as const
    for (const [view, pem] of ours) {
      if (view !== undefined && pem !== undefined) {
        pems.set(view.fingerprint, pem)
      }
    }
    const changes = actions.flatMap((action) =>
      action.kind === 'write-bundle'
        ? [{ id: action.id, pem: action.fingerprints.map((fingerprint) => pems.get(fingerprint) ?? '').join('') }]
        : [],
    )
    await writeBundles(this.#options.client, bundles, changes)
  }

  async #issueLeaf({ secret }: Observed, actions: readonly CertificateAction[]): Promise<void> {
    const { authority } = secret
    if (authority === undefined || !actions.some(({ kind }) => kind === 'issue-leaf')) {
      return
    }
    const now = this.#options.clock.now()
    const { current } = authority.state
    const leaf = createLeaf(authority.content.current, {
      keys: await generateKeys(),
      serial: randomBytes(16),
      notBefore: now - this.#settings.clockSkewMs,
      notAfter: toLeafEnd(current, { now, settings: this.#settings }),
      dnsNames: this.#options.dnsNames,
    })
    const notAfter = parseCredential(leaf)?.notAfter ?? now
    this.#leaf = { issuer: current.fingerprint, notAfter }
    this.#credential = leaf
    for (const listener of this.#listeners) {
      listener(leaf)
    }
  }
}
