import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CertificateView } from './pki.ts'
import {
  type AuthorityState,
  type BundleView,
  type CertificateAction,
  type CertificateSettings,
  certificateSettings,
  checkSettings,
  decideActions,
  foldTrust,
  type LeafView,
  listAuthorities,
  type PolicyInput,
  toLeafEnd,
} from './policy.ts'

const settings: CertificateSettings = {
  authorityMs: 3600_000,
  leafMs: 600_000,
  settleMs: 60_000,
  clockSkewMs: 30_000,
  checkMs: 15_000,
}

function newAuthority(fingerprint: string, madeAt = 0): CertificateView {
  const notBefore = madeAt - settings.clockSkewMs
  return { fingerprint, serial: fingerprint, isAuthority: true, notBefore, notAfter: madeAt + settings.authorityMs }
}

const a = newAuthority('a')
const b = newAuthority('b', 2_400_000)
const bundleOf = (...certificates: CertificateView[]): BundleView => ({ id: 'w/0', certificates, isWellFormed: true })

function inputOf(given: Partial<PolicyInput>): PolicyInput {
  return {
    now: 1_000_000,
    settings,
    secret: { current: a },
    remembered: undefined,
    bundles: [bundleOf(a)],
    trustedSince: new Map([['a', 0]]),
    changedAt: undefined,
    leaf: { issuer: 'a', notAfter: 1_500_000 },
    ...given,
  }
}

const kindsOf = (actions: readonly CertificateAction[]) => actions.map(({ kind }) => kind)
const rotating: AuthorityState = { current: a, next: b }
const late = 3_000_000
const leafOfA = { issuer: 'a', notAfter: 3_550_000 }

describe('decideActions', () => {
  it.each<{ name: string; given: Partial<PolicyInput>; want: string[] }>([
    { name: 'nothing to do', given: {}, want: [] },
    { name: 'no Secret', given: { secret: 'missing' }, want: ['create-authority'] },
    { name: 'no Secret, but remembered', given: { secret: 'missing', remembered: a }, want: ['restore-authority'] },
    { name: 'a corrupt Secret', given: { secret: 'corrupt' }, want: ['replace-authority'] },
    {
      name: 'a corrupt Secret, but remembered',
      given: { secret: 'corrupt', remembered: a },
      want: ['restore-authority'],
    },
    {
      name: 'corrupt, remembered too old',
      given: { now: a.notAfter, secret: 'corrupt', remembered: a },
      want: ['replace-authority'],
    },
    { name: 'an expired CA', given: { now: a.notAfter, remembered: a }, want: ['replace-authority'] },
    { name: 'two thirds of the CA gone', given: { now: 2_400_000, leaf: leafOfA }, want: ['add-next'] },
    {
      name: 'next is not in the bundle',
      given: { now: late, leaf: leafOfA, secret: rotating },
      want: ['write-bundle'],
    },
    {
      name: 'next is in every bundle, but not for long',
      given: {
        now: late,
        leaf: leafOfA,
        secret: rotating,
        bundles: [bundleOf(a, b)],
        trustedSince: new Map([['b', late - 59_000]]),
      },
      want: [],
    },
    {
      name: 'next is in every bundle for long enough',
      given: {
        now: late,
        leaf: leafOfA,
        secret: rotating,
        bundles: [bundleOf(a, b)],
        trustedSince: new Map([['b', late - 60_000]]),
      },
      want: ['promote-next'],
    },
    {
      name: 'promoted: the leaf is replaced, the old CA stays trusted',
      given: {
        now: late,
        leaf: leafOfA,
        secret: { current: b, previous: a, promotedAt: late },
        bundles: [bundleOf(a, b)],
        trustedSince: new Map([['b', late - 60_000]]),
      },
      want: ['issue-leaf'],
    },
    {
      name: 'every leaf of the previous CA has run out',
      given: {
        now: late + 645_000,
        secret: { current: b, previous: a, promotedAt: late },
        leaf: { issuer: 'b', notAfter: late + 1_000_000 },
        bundles: [bundleOf(a, b)],
      },
      want: ['drop-previous', 'write-bundle'],
    },
    { name: 'next equals current', given: { secret: { current: a, next: a } }, want: ['drop-next', 'write-bundle'] },
    { name: 'a bundle without our CA', given: { bundles: [bundleOf()] }, want: ['write-bundle'] },
    {
      name: 'a bundle that is not one',
      given: { bundles: [{ ...bundleOf(a), isWellFormed: false }] },
      want: ['write-bundle'],
    },
    { name: 'a bundle with a stranger', given: { bundles: [bundleOf(a, b)] }, want: ['write-bundle'] },
    { name: 'a stranger while the CA is young', given: { now: 600_000, bundles: [bundleOf(a, b)] }, want: [] },
    { name: 'no leaf', given: { leaf: undefined }, want: ['issue-leaf'] },
    { name: 'a leaf that ends soon', given: { leaf: { issuer: 'a', notAfter: 1_200_000 } }, want: ['issue-leaf'] },
    { name: 'an expired leaf', given: { leaf: { issuer: 'z', notAfter: 1_000_000 } }, want: ['issue-leaf'] },
    {
      name: 'the leaf of a CA that the Secret lost: kept until the new one is known',
      given: {
        leaf: { issuer: 'b', notAfter: 1_500_000 },
        bundles: [bundleOf(a, b)],
        trustedSince: new Map([['a', 990_000]]),
        changedAt: 990_000,
      },
      want: [],
    },
    { name: 'no webhook is configured', given: { bundles: [] }, want: [] },
  ])('$name: $want', ({ given, want }) => {
    expect(kindsOf(decideActions(inputOf(given)))).toEqual(want)
  })

  it('gives a reason with every action', () => {
    const actions = decideActions(inputOf({ bundles: [bundleOf()], leaf: undefined }))
    expect(actions.map(({ reason }) => reason)).toEqual(['a CA is missing', 'there is none'])
  })
})

describe('checkSettings', () => {
  it('takes the defaults and refuses a CA that ends before its rotation', () => {
    expect(() => checkSettings(certificateSettings)).not.toThrow()
    expect(() => checkSettings({ ...certificateSettings, leafMs: certificateSettings.authorityMs })).toThrow(RangeError)
  })
})

/** How late an API server may see a bundle here: half of what the policy allows. */
const lagMs = settings.settleMs / 2

/** Several replicas over months: each looks in its own time, may restart, and API servers see bundles late. */
class World {
  now = 0
  secret: AuthorityState | 'missing' | 'corrupt' = 'missing'
  bundles: BundleView[] = [bundleOf(), { ...bundleOf(), id: 'w/1' }]
  seen: { until: number; bundles: readonly BundleView[] }[] = []
  replicas = [0, 1].map(() => newReplica())
  #serial = 0

  act(action: CertificateAction, replica: Replica): void {
    const play: Record<CertificateAction['kind'], () => void> = {
      'create-authority': () => this.write({ current: this.#make() }),
      'replace-authority': () => this.write({ current: this.#make() }),
      'restore-authority': () => replica.memory && this.write(replica.memory),
      'add-next': () => this.write({ ...this.#state(), next: this.#make() }),
      'drop-next': () => this.write({ current: this.#state().current }),
      'promote-next': () => {
        const { current, next } = this.#state()
        this.write({ current: next ?? current, previous: current, promotedAt: this.now })
      },
      'drop-previous': () => this.write({ current: this.#state().current }),
      'write-bundle': () => action.kind === 'write-bundle' && this.#writeBundle(action.id, action.fingerprints),
      'issue-leaf': () => {
        const { current } = this.#state()
        replica.leaf = { issuer: current.fingerprint, notAfter: toLeafEnd(current, { now: this.now, settings }) }
      },
    }
    play[action.kind]()
  }

  check(replica: Replica): void {
    for (let round = 0; round < 4; round += 1) {
      if (typeof this.secret !== 'string') {
        replica.changedAt = replica.memory?.current === this.secret.current ? replica.changedAt : this.now
        replica.memory = this.secret
      }
      const known = replica.memory === undefined ? [] : listAuthorities(replica.memory).map((view) => view.fingerprint)
      replica.trust = foldTrust(replica.trust, { bundles: this.bundles, known, now: this.now })
      const { trust: trustedSince, leaf, changedAt } = replica
      const { now, secret, bundles } = this
      const actions = decideActions({
        now,
        settings,
        secret,
        remembered: replica.memory?.current,
        bundles,
        trustedSince,
        leaf,
        changedAt,
      })
      for (const action of actions) {
        this.act(action, replica)
      }
    }
  }

  write(state: AuthorityState): void {
    this.secret = state
  }

  /** Compares what is served with every bundle that an API server may still believe in. */
  findGap(): string | undefined {
    this.seen = this.seen.filter(({ until }) => this.now - until < lagMs)
    const views = [...this.seen.flatMap(({ bundles }) => bundles), ...this.bundles]
    for (const replica of this.replicas) {
      const { leaf, trust } = replica
      // A replica that comes up beside a new CA has nothing to lose yet; from then on it has.
      replica.isServing ||= this.now - (trust.get(leaf?.issuer ?? '') ?? this.now) >= lagMs
      if (replica.isServing && (leaf === undefined || leaf.notAfter <= this.now)) {
        return 'an expired leaf is served'
      }
      const isUnknown = (bundle: BundleView) =>
        !bundle.certificates.some(({ fingerprint }) => fingerprint === leaf?.issuer)
      if (replica.isServing && views.some(isUnknown)) {
        return `a bundle lacks ${leaf?.issuer}`
      }
    }
    return undefined
  }

  #state(): AuthorityState {
    if (typeof this.secret === 'string') {
      throw new TypeError('no state')
    }
    return this.secret
  }

  #make(): CertificateView {
    return newAuthority(`ca-${(this.#serial += 1)}`, this.now)
  }

  #writeBundle(id: string, fingerprints: readonly string[]): void {
    const known = [...this.bundles.flatMap(({ certificates }) => certificates), ...listAuthorities(this.#state())]
    const certificates = fingerprints.map((wanted) => known.find(({ fingerprint }) => fingerprint === wanted))
    this.seen.push({ until: this.now, bundles: this.bundles })
    this.bundles = this.bundles.map((bundle) =>
      bundle.id === id
        ? { id, isWellFormed: true, certificates: certificates.filter((view) => view !== undefined) }
        : bundle,
    )
  }
}

interface Replica {
  memory: AuthorityState | undefined
  trust: ReadonlyMap<string, number>
  leaf: LeafView | undefined
  changedAt: number | undefined
  checkedAt: number
  isServing: boolean
}

function newReplica(): Replica {
  return { checkedAt: 0, isServing: false, memory: undefined, trust: new Map(), leaf: undefined, changedAt: undefined }
}

describe('two replicas over time', () => {
  const turn = fc.record({
    /** Who restarts, 2: nobody; who looks; what happens to the Secret. */
    restarts: fc.constantFrom(0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
    looks: fc.array(fc.nat(1), { maxLength: 2 }),
    secret: fc.constantFrom(...Array.from({ length: 20 }, () => 'stays'), 'missing', 'corrupt'),
  })

  it('serve at every instant a certificate that every bundle vouches for', () => {
    const seen = { cas: new Set<string>(), served: 0 }
    fc.assert(
      fc.property(fc.array(turn, { minLength: 300, maxLength: 1000 }), (turns) => {
        const world = new World()
        for (const { restarts, looks, secret } of turns) {
          world.now += 10_000
          Object.assign(world.replicas[restarts] ?? {}, newReplica())
          world.secret = secret === 'missing' || secret === 'corrupt' ? secret : world.secret
          const due = world.replicas.filter(({ checkedAt }) => world.now - checkedAt >= settings.checkMs)
          for (const replica of [...looks.map((who) => world.replicas[who]), ...due]) {
            if (replica !== undefined) {
              world.check(replica)
              replica.checkedAt = world.now
            }
          }
          expect(world.findGap()).toBeUndefined()
          world.replicas.forEach(({ leaf }) => seen.cas.add(leaf?.issuer ?? ''))
          seen.served += world.replicas.filter(({ isServing }) => isServing).length
        }
      }),
      { numRuns: 50, endOnFailure: true },
    )
    // The worlds were worth looking at: CAs changed, and most of the time somebody served.
    expect(seen.cas.size).toBeGreaterThan(5)
    expect(seen.served).toBeGreaterThan(10_000)
  })

  it('rotate the CA again and again, and forget the old ones', () => {
    const world = new World()
    const issuers = new Set<string>()
    for (; world.now < 6 * settings.authorityMs; world.now += 15_000) {
      world.replicas.forEach((replica) => world.check(replica))
      world.replicas.forEach(({ leaf }) => issuers.add(leaf?.issuer ?? 'none'))
      if (world.now > settings.settleMs) {
        expect(world.findGap()).toBeUndefined()
      }
      expect(world.bundles.every(({ certificates }) => certificates.length <= 3)).toBe(true)
    }
    expect(issuers.size).toBeGreaterThanOrEqual(8)
  })
})
