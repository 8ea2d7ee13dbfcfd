import type { Instant } from '../../lib/clock.ts'
import type { Job, KubeObject, Pod } from '../../lib/kubernetes.ts'
import type { Permission } from '../../lib/permission.ts'

/** What one read brought: the value, or why there is none, as the API server said it. */
export type Reading<T> = { readonly value: T } | { readonly unreadable: string }

/** What an installation of this very program consists of. */
export interface ExpectedInstallation {
  readonly configurations: readonly WebhookConfiguration[]
  readonly definitions: readonly Definition[]
  /** Those that servers before 1.30 are given in place of theirs: rules of the schema say what `runPolicy` says. */
  readonly olderDefinitions: readonly Definition[]
  /** The policy that keeps the spec of runs, and its binding. */
  readonly runPolicy: readonly PolicyObject[]
  /** By service account of c8s-system. */
  readonly rights: Readonly<Record<string, readonly Permission[]>>
  readonly systemNamespace: string
  /** Holder of the leadership. */
  readonly lease: string
}

export interface ServerFacts {
  /** `v1.34.4` */
  readonly gitVersion: string
  /** By the Date header, in whole seconds; undefined where there is none. */
  readonly date?: Instant
  /** By our own clock, when the answer came. */
  readonly askedAt: Instant
}

export interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly Webhook[]
}
export interface Webhook {
  readonly name: string
  readonly failurePolicy?: string
  readonly clientConfig?: { readonly caBundle?: string; readonly service?: object }
}

export interface Definition extends KubeObject {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] }
    readonly versions: readonly { readonly name: string; readonly schema?: object }[]
  }
  readonly status?: { readonly conditions?: readonly Condition[] }
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

export interface PolicyObject extends KubeObject {
  readonly spec: Readonly<Record<string, unknown>>
}

/** Of cert-manager. */
export interface IssuedCertificate extends KubeObject {
  readonly status?: {
    readonly notAfter?: string
    readonly renewalTime?: string
    readonly conditions?: readonly Condition[]
  }
}

export interface Deployment extends KubeObject {
  readonly spec?: {
    readonly replicas?: number
    readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } }
  }
  readonly status?: {
    readonly availableReplicas?: number
    readonly updatedReplicas?: number
    readonly replicas?: number
  }
}

export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly renewTime?: string
    readonly leaseDurationSeconds?: number
  }
}

export interface Role extends KubeObject {
  readonly rules?: readonly Partial<Omit<Permission, 'namespace' | 'why'>>[] | null
}
export interface RoleBinding extends KubeObject {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}
export interface RbacFacts {
  readonly clusterRoles: readonly Role[]
  readonly clusterRoleBindings: readonly RoleBinding[]
  /** Those of c8s-system. */
  readonly roles: readonly Role[]
  readonly roleBindings: readonly RoleBinding[]
}

export interface Quota extends KubeObject {
  readonly status?: {
    readonly hard?: Readonly<Record<string, string>>
    readonly used?: Readonly<Record<string, string>>
  }
}

/** Any of our kinds, as far as checks look at them. */
export interface OurObject extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: { readonly phase?: string; readonly conditions?: readonly Condition[] }
}

/** What the API server said to a dry run of creating a config: whether c8s was asked about it, or the refusal. */
export type Probe = { readonly isStamped: boolean } | { readonly refusal: string }

/** All that is read of a cluster, once; checks look at nothing else. */
export interface DoctorFacts {
  readonly expected: ExpectedInstallation
  readonly server: Reading<ServerFacts>
  readonly configurations: Reading<readonly WebhookConfiguration[]>
  readonly probe: Reading<Probe>
  readonly definitions: Reading<readonly Definition[]>
  /** Those of `expected.runPolicy` that are there. */
  readonly runPolicy: Reading<readonly PolicyObject[]>
  /** What cert-manager serves the webhooks with; undefined where it does not. */
  readonly issuedCertificate: Reading<IssuedCertificate | undefined>
  readonly rbac: Reading<RbacFacts>
  readonly deployments: Reading<readonly Deployment[]>
  readonly lease: Reading<Lease | undefined>
  readonly nodeLeases: Reading<readonly Lease[]>
  readonly storageClasses: Reading<readonly KubeObject[]>
  readonly configs: Reading<readonly OurObject[]>
  readonly runs: Reading<readonly OurObject[]>
  readonly connections: Reading<readonly OurObject[]>
  readonly namespaces: Reading<readonly KubeObject[]>
  readonly policies: Reading<readonly KubeObject[]>
  readonly quotas: Reading<readonly Quota[]>
  /** Of steps. */
  readonly jobs: Reading<readonly Job[]>
  readonly pods: Reading<readonly Pod[]>
}
