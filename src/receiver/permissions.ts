import type { Permission } from '../lib/permission.ts'

/** What the server role reads and writes, and nothing more. */
export const serverPermissions: readonly Permission[] = [
  {
    apiGroups: ['c8s.dev'],
    resources: ['repositoryconnections'],
    verbs: ['get', 'list', 'watch'],
    why: 'find the connections that a delivery is for',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineconfigs'],
    verbs: ['get'],
    why: 'see which events the config of a connection wants',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns'],
    verbs: ['get', 'list', 'create', 'patch'],
    why: 'start runs; stop those that a newer commit or a comment ends',
  },
  {
    apiGroups: ['c8s.dev'],
    resources: ['pipelineruns'],
    verbs: ['approve'],
    why: 'approve the commit of a fork when a person who may push says /ok-to-test',
  },
  {
    apiGroups: [''],
    resources: ['secrets'],
    verbs: ['get'],
    why: 'verify deliveries with the webhook Secret of a connection; read files at the forge with its credential',
  },
  {
    apiGroups: [''],
    resources: ['events'],
    verbs: ['create'],
    why: 'tell what came of a delivery',
  },
]
