import type { Instant } from '../src/lib/clock.ts'
import type { CertificateView } from './pki.ts'

export interface CertificateSettings {
  readonly authorityMs: number
  readonly leafMs: number
  /** How long every bundle must have held a CA before it signs: API servers see a change of a bundle late. */
  readonly settleMs: number
  /** By how much the clocks of the replicas and API servers may differ. */
  readonly clockSkewMs: number
  /** How often a replica looks. */
  readonly checkMs: number
}

const hour = 3_600_000
const day = 24 * hour

export const certificateSettings: CertificateSettings = {
  authorityMs: 365 * day,
  leafMs: 7 * day,
  settleMs: 120_000,
  clockSkewMs: hour,
  checkMs: 15_000,
}

/**
 * The CAs as the Secret holds them. Rotation, over months:
 *
 *   current ─▶ current + next ─▶ current (was next) + previous ─▶ current
 *           a third of its     every bundle has held next       every leaf of previous
 *           life is left       for settleMs: it signs now        has run out
 *
 * A bundle holds all of them at any time.
 */
export interface AuthorityState {
  readonly current: CertificateView
  readonly next?: CertificateView
  readonly previous?: CertificateView
  readonly promotedAt?: Instant
}

/** The bundle of one webhook in one configuration. */
export interface BundleView {
  readonly id: string
  readonly certificates: readonly CertificateView[]
  readonly isWellFormed: boolean
}

export interface LeafView {
  readonly issuer: string
  readonly notAfter: Instant
}

export interface PolicyInput {
  readonly now: Instant
  readonly settings: CertificateSettings
  readonly secret: AuthorityState | 'missing' | 'corrupt'
  /** The last good CA that this replica saw; it can be put back. */
  readonly remembered: CertificateView | undefined
  readonly bundles: readonly BundleView[]
  /** Since when every bundle has held a CA, by fingerprint, as this replica saw it: foldTrust. */
  readonly trustedSince: ReadonlyMap<string, Instant>
  /** When this replica saw the current CA replace another one. */
  readonly changedAt: Instant | undefined
  readonly leaf: LeafView | undefined
}

/** In the order in which they are to be done. */
export type CertificateAction =
  | { readonly kind: 'create-authority' | 'restore-authority' | 'replace-authority'; readonly reason: string }
  | { readonly kind: 'add-next' | 'drop-next' | 'promote-next' | 'drop-previous'; readonly reason: string }
  | {
      readonly kind: 'write-bundle'
      readonly id: string
      readonly fingerprints: readonly string[]
      readonly reason: string
    }
  | { readonly kind: 'issue-leaf'; readonly reason: string }

export function decideActions(input: PolicyInput): CertificateAction[] {
  const { secret } = input
  if (typeof secret === 'string' || secret.current.notAfter <= input.now) {
    return [decideRescue(input)]
  }
  return [...decideRotation(secret, input), ...decideBundles(secret, input), ...decideLeaf(secret, input)]
}

/** Since when each CA has been in every bundle without a break. No bundle at all: nothing to wait for. */
export function foldTrust(
  last: ReadonlyMap<string, Instant>,
  seen: { readonly bundles: readonly BundleView[]; readonly known: readonly string[]; readonly now: Instant },
): Map<string, Instant> {
  const trusted = seen.known.filter((fingerprint) => isInAll(seen.bundles, fingerprint))
  return new Map(trusted.map((fingerprint) => [fingerprint, last.get(fingerprint) ?? seen.now]))
}

export function listAuthorities({ current, next, previous }: AuthorityState): CertificateView[] {
  return [current, next, previous].filter((view) => view !== undefined)
}

/** What a leaf that is made now lives to: no longer than its CA. */
export function toLeafEnd(current: CertificateView, { now, settings }: Pick<PolicyInput, 'now' | 'settings'>): Instant {
  return Math.min(now + settings.leafMs, current.notAfter)
}

/** Lifetimes that leave no time for the rotation would end in a gap. */
export function checkSettings({ authorityMs, leafMs, settleMs, clockSkewMs, checkMs }: CertificateSettings): void {
  const needed = leafMs + 2 * (settleMs + clockSkewMs + checkMs)
  if (needed > (authorityMs * 2) / 3) {
    throw new RangeError(
      `certificate lifetimes: the CA lives ${authorityMs} ms and must live at least ${Math.ceil(needed * 1.5)} ms, ` +
        `that is 1.5 times the leaf (${leafMs} ms) and twice settle, clock skew and check time`,
    )
  }
}

function isInAll(bundles: readonly BundleView[], fingerprint: string): boolean {
  return bundles.every((bundle) => bundle.certificates.some((view) => view.fingerprint === fingerprint))
}

function hasSettled(fingerprint: string, { trustedSince, now, settings }: PolicyInput): boolean {
  const since = trustedSince.get(fingerprint)
  return since !== undefined && now - since >= settings.settleMs
}

function decideRescue({ secret, remembered, now }: PolicyInput): CertificateAction {
  const state = typeof secret === 'string' ? secret : 'expired'
  const reason = `the CA is ${state}`
  if (state !== 'expired' && remembered !== undefined && remembered.notAfter > now) {
    return { kind: 'restore-authority', reason }
  }
  return { kind: state === 'missing' ? 'create-authority' : 'replace-authority', reason }
}

function decideRotation(state: AuthorityState, input: PolicyInput): CertificateAction[] {
  const { now, settings } = input
  const { current, next, previous } = state
  if (previous !== undefined && hasOutlivedLeaves(state, input)) {
    return [{ kind: 'drop-previous', reason: 'every certificate that it signed has run out' }]
  }
  if (next !== undefined) {
    return decideNext(next, state, input)
  }
  const leftMs = current.notAfter - now
  return leftMs <= settings.authorityMs / 3
    ? [{ kind: 'add-next', reason: `the CA ends in ${Math.round(leftMs / 1000)} s` }]
    : []
}

function decideNext(next: CertificateView, state: AuthorityState, input: PolicyInput): CertificateAction[] {
  if (next.notAfter <= input.now || next.fingerprint === state.current.fingerprint) {
    return [{ kind: 'drop-next', reason: 'it cannot become the CA' }]
  }
  const isReady = state.previous === undefined && hasSettled(next.fingerprint, input)
  return isReady ? [{ kind: 'promote-next', reason: `every bundle has held it for ${input.settings.settleMs} ms` }] : []
}

/** A replica that had not heard of the promotion may have signed with the old CA for one check more. */
function hasOutlivedLeaves({ previous, promotedAt }: AuthorityState, { now, settings }: PolicyInput): boolean {
  const lastLeafAt =
    promotedAt === undefined
      ? Number.POSITIVE_INFINITY
      : promotedAt + settings.checkMs + settings.leafMs + settings.clockSkewMs
  return now >= Math.min(previous?.notAfter ?? 0, lastLeafAt)
}

function decideBundles(state: AuthorityState, input: PolicyInput): CertificateAction[] {
  const ours = listAuthorities(state).filter((view) => view.notAfter > input.now)
  return input.bundles.flatMap((bundle) => {
    const kept = mustKeepStrangers(state, input) ? findStrangers(bundle, ours, input) : []
    const wanted = [...ours, ...kept].map(({ fingerprint }) => fingerprint)
    const has = bundle.certificates.map(({ fingerprint }) => fingerprint)
    const reason = bundle.isWellFormed ? explainDifference(wanted, has) : 'it is not a list of certificates'
    return reason === undefined ? [] : [{ kind: 'write-bundle' as const, id: bundle.id, fingerprints: wanted, reason }]
  })
}

/** Valid CAs of a bundle that the Secret does not hold. */
function findStrangers(bundle: BundleView, ours: readonly CertificateView[], { now }: PolicyInput): CertificateView[] {
  const known = new Set(ours.map(({ fingerprint }) => fingerprint))
  return bundle.certificates.filter((view) => view.isAuthority && view.notAfter > now && !known.has(view.fingerprint))
}

/**
 * Where the Secret was lost or put back by hand, this replica or another may still serve a leaf of a CA that it does not hold
 * any more: what is in the bundle stays until such a leaf has run out.
 */
function mustKeepStrangers({ current }: AuthorityState, input: PolicyInput): boolean {
  const { now, settings, changedAt = Number.NEGATIVE_INFINITY } = input
  const since = Math.max(current.notBefore + settings.clockSkewMs, changedAt)
  return now < since + settings.checkMs + settings.leafMs + settings.clockSkewMs
}

function explainDifference(wanted: readonly string[], has: readonly string[]): string | undefined {
  if (wanted.some((fingerprint) => !has.includes(fingerprint))) {
    return 'a CA is missing'
  }
  return has.length === wanted.length ? undefined : 'it holds what no longer signs'
}

function decideLeaf({ current }: AuthorityState, input: PolicyInput): CertificateAction[] {
  const reason = explainLeaf(current, input)
  return reason === undefined ? [] : [{ kind: 'issue-leaf', reason }]
}

function explainLeaf(current: CertificateView, input: PolicyInput): string | undefined {
  const { leaf, now, settings } = input
  if (leaf === undefined) {
    return 'there is none'
  }
  if (leaf.notAfter <= now) {
    return 'it has expired'
  }
  if (leaf.issuer !== current.fingerprint) {
    return hasSettled(current.fingerprint, input) ? 'the CA has changed' : undefined
  }
  const isDue = leaf.notAfter - now <= settings.leafMs / 3
  // Near the end of its CA a new leaf would live hardly longer than the old one.
  const gainsMs = toLeafEnd(current, input) - leaf.notAfter
  return isDue && gainsMs >= settings.leafMs / 20 ? 'it ends soon' : undefined
}
