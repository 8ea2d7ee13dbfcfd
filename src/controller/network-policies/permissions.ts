import { stepsNetworkPolicy, systemNamespace } from '../../../crds/labels.ts'
import type { Permission } from '../../lib/permission.ts'

export const networkPolicyPermissions: readonly Permission[] = [
  {
    apiGroups: [''],
    resources: ['namespaces'],
    verbs: ['list', 'watch'],
    why: 'see which namespaces are under a policy',
  },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['list', 'watch'],
    namespace: systemNamespace,
    why: 'read the policies',
  },
  {
    apiGroups: ['networking.k8s.io'],
    resources: ['networkpolicies'],
    verbs: ['list', 'watch', 'create'],
    why: 'make the NetworkPolicy of a policy; create cannot be bound to a name',
  },
  {
    apiGroups: ['networking.k8s.io'],
    resources: ['networkpolicies'],
    verbs: ['patch', 'delete'],
    resourceNames: [stepsNetworkPolicy],
    why: 'keep it as the policy says, and take it away',
  },
]
