import type { Permission } from '../../../lib/permission.ts'
import { type DoctorCheck, error, listSome, orOk, type Said, whenRead } from '../check.ts'
import type { DoctorFacts, RbacFacts, Role, RoleBinding } from '../facts.ts'

/**
 * Each account of c8s has the rights of its list, by whatever ClusterRoles and Roles are bound to it: read from the rules, since
 * a review of the caller's own rights says nothing about the accounts.
 */
export const permissions: DoctorCheck = {
  id: 'permissions',
  judge: (facts) =>
    whenRead(facts.rbac, (rbac) => {
      const said = Object.entries(facts.expected.rights).flatMap(([account, wanted]) => {
        const granted = listGrants(account, rbac, facts)
        return judgeAccount(
          account,
          wanted.filter((right) => !isCovered(right, granted)),
        )
      })
      return orOk(said, 'the three accounts have their rights')
    }),
}

function judgeAccount(account: string, missing: readonly Permission[]): readonly Said[] {
  if (missing.length === 0) return []
  const names = missing.map(({ verbs, resources, namespace }) => {
    return `${verbs.join('/')} ${resources.join(', ')}${namespace === undefined ? '' : ` in ${namespace}`}`
  })
  const message = `${account} may not ${listSome(names, 3)}`
  return [
    error(
      message,
      'kubectl apply --server-side --force-conflicts -f deploy/install.yaml; what each is for: docs/permissions.md',
    ),
  ]
}

interface Grant {
  readonly rule: NonNullable<Role['rules']>[number]
  /** undefined: in all namespaces. */
  readonly namespace?: string
}

function listGrants(account: string, rbac: RbacFacts, { expected }: DoctorFacts): readonly Grant[] {
  const namespace = expected.systemNamespace
  const isBound = ({ subjects = [] }: RoleBinding) =>
    subjects.some((each) => each.kind === 'ServiceAccount' && each.name === account && each.namespace === namespace)
  const rulesOf = ({ roleRef }: RoleBinding) => {
    const roles = roleRef.kind === 'ClusterRole' ? rbac.clusterRoles : rbac.roles
    return roles.find(({ metadata }) => metadata.name === roleRef.name)?.rules ?? []
  }
  const everywhere = rbac.clusterRoleBindings.filter(isBound).flatMap(rulesOf)
  const inSystem = rbac.roleBindings.filter(isBound).flatMap(rulesOf)
  return [...everywhere.map((rule) => ({ rule })), ...inSystem.map((rule) => ({ rule, namespace }))]
}

/** Every verb on every resource of the right is granted by one rule or another. */
function isCovered(right: Permission, grants: readonly Grant[]): boolean {
  return right.apiGroups.every((group) =>
    right.resources.every((resource) =>
      right.verbs.every((verb) => grants.some((grant) => isGrantedBy({ right, group, resource, verb }, grant))),
    ),
  )
}

interface Wanted {
  readonly right: Permission
  readonly group: string
  readonly resource: string
  readonly verb: string
}

function isGrantedBy({ right, group, resource, verb }: Wanted, { rule, namespace }: Grant): boolean {
  const has = (list: readonly string[] | undefined, value: string) => list?.includes(value) || list?.includes('*')
  const isPlace = namespace === undefined || namespace === right.namespace
  const isNamed =
    rule.resourceNames === undefined ||
    rule.resourceNames.length === 0 ||
    right.resourceNames?.every((name) => rule.resourceNames?.includes(name)) === true
  return Boolean(
    isPlace && isNamed && has(rule.apiGroups, group) && has(rule.resources, resource) && has(rule.verbs, verb),
  )
}
