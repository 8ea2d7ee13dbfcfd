import { systemNamespace } from '../../crds/labels.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import type { Permission } from '../../src/lib/permission.ts'

const rbac = 'rbac.authorization.k8s.io'
type Rule = Omit<Permission, 'namespace' | 'why'>

interface RoleObject extends KubeObject {
  readonly rules?: readonly Rule[]
}

function toRule({ apiGroups, resources, verbs, resourceNames }: Permission): Rule {
  return { apiGroups, resources, verbs, ...(resourceNames === undefined ? {} : { resourceNames }) }
}

function renderRole(name: string, rules: readonly Rule[], namespace?: string): readonly RoleObject[] {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) }
  const binding = {
    apiVersion: `${rbac}/v1`,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: rbac, kind, name },
    subjects: [{ kind: 'ServiceAccount', name, namespace: systemNamespace }],
  }
  return [{ apiVersion: `${rbac}/v1`, kind, metadata, rules }, binding]
}

/** The service account of a role of c8s, and the RBAC objects that grant it exactly its list of permissions. */
export function renderAccount(name: string, permissions: readonly Permission[]): readonly KubeObject[] {
  const account = {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name, namespace: systemNamespace },
    automountServiceAccountToken: false,
  }
  const clusterWide = permissions.filter(({ namespace }) => namespace === undefined).map(toRule)
  const namespaces = [...new Set(permissions.flatMap(({ namespace }) => namespace ?? []))]
  const inNamespaces = namespaces.flatMap((wanted) =>
    renderRole(name, permissions.filter(({ namespace }) => namespace === wanted).map(toRule), wanted),
  )
  return [account, ...renderRole(name, clusterWide), ...inNamespaces]
}

const kinds = ['pipelineconfigs', 'pipelineruns', 'repositoryconnections']

interface AggregatedRole {
  readonly name: string
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
  readonly aggregateTo: readonly string[]
}

/**
 * What the cluster's own view, edit and admin roles may do with our kinds. Status is not among it. Who approves a fork's
 * commit gives it the secrets of the branch, so that is for admins.
 */
export function renderAggregatedRoles(): readonly KubeObject[] {
  const role = ({ name, resources, verbs, aggregateTo }: AggregatedRole): RoleObject => ({
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: Object.fromEntries(aggregateTo.map((target) => [`${rbac}/aggregate-to-${target}`, 'true'])),
    },
    rules: [{ apiGroups: ['c8s.dev'], resources, verbs }],
  })
  const write = ['create', 'update', 'patch', 'delete', 'deletecollection']
  return [
    role({
      name: 'c8s-view',
      resources: kinds,
      verbs: ['get', 'list', 'watch'],
      aggregateTo: ['view', 'edit', 'admin'],
    }),
    role({ name: 'c8s-edit', resources: kinds, verbs: write, aggregateTo: ['edit', 'admin'] }),
    role({ name: 'c8s-approve', resources: ['pipelineruns'], verbs: ['approve'], aggregateTo: ['admin'] }),
  ]
}
