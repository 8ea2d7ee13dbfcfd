import type { InstallOverrides } from './values/values.ts'

/** Settings that many want together: an overlay of kustomize, and a file of values for Helm. */
export interface Profile {
  /** In kebab-case. */
  readonly name: string
  readonly what: string
  readonly overrides: InstallOverrides
}

/** What a replica needs at rest and with a few runs; see docs/adr/0172. */
const small = (memory: string, limit: string) => ({
  replicas: 1,
  resources: { requests: { cpu: '10m', memory }, limits: { memory: limit } },
})

export const profiles: readonly Profile[] = Object.freeze([
  {
    name: 'small',
    what: 'one replica each and small requests, for a cluster of one node',
    overrides: {
      admission: small('96Mi', '256Mi'),
      controller: small('96Mi', '512Mi'),
      server: small('96Mi', '512Mi'),
    },
  },
  {
    name: 'high-availability',
    what: 'three replicas of what answers, each on a node of its own, before the steps where nodes are full',
    overrides: {
      admission: { replicas: 3 },
      server: { replicas: 3 },
      spread: 'DoNotSchedule',
      priorityClass: { name: 'c8s', create: true },
    },
  },
  {
    name: 'cert-manager',
    what: 'certificates of the webhooks from cert-manager',
    overrides: { certManager: { enabled: true } },
  },
])
