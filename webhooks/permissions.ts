import { stepsNetworkPolicy, systemNamespace } from '../crds/labels.ts'
import type { Permission } from '../src/lib/permission.ts'

/** What the admission role reads and asks, and nothing more; certs/ adds what the certificate needs. */
export const admissionPermissions: readonly Permission[] = [
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineconfigs', 'pipelineruns'],
    verbs: ['get'],
    why: 'freeze the config of a run; compare a Job with the plan of its run',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineconfigs', 'pipelineruns', 'repositoryconnections'],
    verbs: ['list', 'watch'],
    why: 'judge the Jobs of runs; find the config of a run and the connection of a repository; name the configs there are where one is missing',
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get'],
    why: 'see that a Secret exists and whom its annotation allows; only metadata is asked for, but RBAC knows no such verb',
  },
  {
    apiGroups: [''],
    resources: ['resourcequotas'],
    verbs: ['list', 'watch'],
    why: 'refuse steps that could never start',
  },
  {
    apiGroups: [''],
    resources: ['namespaces'],
    verbs: ['get', 'list', 'watch'],
    why: 'see which Pod Security level the namespace enforces, and which policy it is under',
  },
  {
    apiGroups: [''],
    resources: ['configmaps'],
    verbs: ['list', 'watch'],
    namespace: systemNamespace,
    why: 'read the policies, and the quotas of teams',
  },
  {
    apiGroups: ['scheduling.k8s.io'],
    resources: ['priorityclasses'],
    verbs: ['list', 'watch'],
    why: 'freeze the priority of a run',
  },
  {
    apiGroups: [''],
    resources: ['limitranges'],
    verbs: ['list', 'watch'],
    why: 'refuse steps that a LimitRange can never allow, and take its defaults',
  },
  {
    apiGroups: ['networking.k8s.io'],
    resources: ['networkpolicies'],
    verbs: ['get'],
    resourceNames: [stepsNetworkPolicy],
    why: 'see that the NetworkPolicy of a policy is there before a step starts',
  },
  {
    apiGroups: ['authorization.k8s.io'],
    resources: ['subjectaccessreviews'],
    verbs: ['create'],
    why: 'ask whether a user may use a Secret or approve a run',
  },
]
