import type { Permission } from '../lib/permission.ts'

/** What the parts of the forge side need in the controller role, beside what it has for the runs themselves. */
export const forgePermissions: readonly Permission[] = [
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns'],
    verbs: ['create', 'patch'],
    why: 'start runs of schedules, of requests and of commits whose delivery was lost; stop those that a newer commit ends',
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get'],
    why: 'report to the forge with the credential of a connection, and give the forge the secret of its webhook',
  },
]
