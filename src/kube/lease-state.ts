import type { KubeObject } from '../lib/kubernetes.ts'

export interface Lease extends KubeObject {
  readonly spec?: {
    /** Empty or absent: given back. */
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

export interface ElectionSettings {
  /** How long others wait after the last change they saw before they take over. */
  readonly leaseMs: number
  /** How long a leader goes on without a successful renewal; shorter than leaseMs, and the difference is the fence. */
  readonly renewMs: number
  readonly retryMs: number
}

/** client-go's defaults. */
export const electionSettings: ElectionSettings = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2000 }

/** The last change of the lease that this process saw, by its own clock: clocks of others don't count. */
export interface Observation {
  readonly resourceVersion: string
  readonly at: number
}

export interface LeaseView {
  readonly lease: Lease | undefined
  readonly observation: Observation | undefined
  readonly identity: string
  /** Of a clock that never jumps. */
  readonly now: number
  readonly leaseMs: number
}

export type LeaseMove =
  | { readonly kind: 'create' }
  | { readonly kind: 'renew'; readonly lease: Lease }
  | { readonly kind: 'take'; readonly lease: Lease }
  | { readonly kind: 'wait' }

/** What an elector does next. Every write carries the resourceVersion that was read, so of two only one succeeds. */
export function decideMove({ lease, observation, identity, now, leaseMs }: LeaseView): LeaseMove {
  if (lease === undefined) {
    return { kind: 'create' }
  }
  const { holderIdentity = '', leaseDurationSeconds = 0 } = lease.spec ?? {}
  if (holderIdentity === identity) {
    return { kind: 'renew', lease }
  }
  if (holderIdentity === '') {
    return { kind: 'take', lease }
  }
  const unchangedMs = observation === undefined ? 0 : now - observation.at
  // A holder of another version may have promised itself a longer lease than ours.
  return unchangedMs > Math.max(leaseMs, leaseDurationSeconds * 1000) ? { kind: 'take', lease } : { kind: 'wait' }
}

export function observe(last: Observation | undefined, lease: Lease | undefined, now: number): Observation | undefined {
  const resourceVersion = lease?.metadata.resourceVersion
  if (resourceVersion === undefined) {
    return undefined
  }
  return last?.resourceVersion === resourceVersion ? last : { resourceVersion, at: now }
}
