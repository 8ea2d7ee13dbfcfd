import { systemNamespace } from '../../crds/labels.ts'
import type { Permission } from '../lib/permission.ts'
import { networkPolicyPermissions } from './network-policies/permissions.ts'

const leaseName = 'c8s-controller'

/** Where the controllers agree on which of them leads. */
export const controllerLease = { namespace: systemNamespace, name: leaseName } as const

/** What the controller role reads and writes, and nothing more. */
export const controllerPermissions: readonly Permission[] = [
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineconfigs', 'pipelineruns', 'repositoryconnections'],
    verbs: ['get', 'list', 'watch'],
    why: 'follow runs, and what the status of configs and connections tells',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns'],
    verbs: ['patch'],
    why: 'cancel runs that a newer one of their concurrency group takes the place of, and those that a cancelled run called',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns'],
    verbs: ['create'],
    why: 'make the runs of the pipelines that steps call',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns'],
    verbs: ['delete'],
    why: 'delete ended runs beyond the history limits of their pipeline',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineconfigs/status', 'pipelineruns/status', 'repositoryconnections/status'],
    verbs: ['patch'],
    why: 'write status by server-side apply',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns/finalizers'],
    verbs: ['update'],
    why: 'own Jobs with blockOwnerDeletion where OwnerReferencesPermissionEnforcement is on',
  },
  {
    apiGroups: ['batch'],
    resources: ['jobs'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
    why: 'run steps, suspend those that must not start, and delete those of compacted runs and those that admission did not complete',
  },
  {
    apiGroups: [''],
    resources: ['pods'],
    verbs: ['get', 'list', 'watch', 'patch'],
    why: 'read how steps end, and stop them by a deadline',
  },
  {
    apiGroups: [''],
    resources: ['events'],
    verbs: ['get', 'list', 'watch', 'create', 'patch'],
    why: 'tell what happened to a run; see why a Job cannot create its pod, which is told nowhere else',
  },
  {
    apiGroups: [''],
    resources: ['persistentvolumeclaims'],
    verbs: ['get', 'create', 'delete'],
    why: 'make the volume that the steps of a run share, and remove it when the run has ended',
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get'],
    why: 'see that a Secret exists, for the Ready condition; only metadata is asked for, but RBAC knows no such verb',
  },
  {
    apiGroups: [''],
    resources: ['resourcequotas', 'namespaces'],
    verbs: ['get', 'list', 'watch'],
    why: 'start steps in order where a quota has no room for all; see which namespaces are of one team',
  },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['get', 'list', 'watch'],
    namespace: systemNamespace,
    why: 'know the quotas of teams',
  },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['create'],
    namespace: systemNamespace,
    why: 'make the lease; create cannot be bound to a name',
  },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'update'],
    resourceNames: [leaseName],
    namespace: systemNamespace,
    why: 'one controller leads',
  },
  ...networkPolicyPermissions,
]
