import { certificatePermissions } from '../../certs/permissions.ts'
import { controllerPermissions } from '../../src/controller/permissions.ts'
import { forgePermissions } from '../../src/forge/permissions.ts'
import type { Permission } from '../../src/lib/permission.ts'
import { serverPermissions } from '../../src/receiver/permissions.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import { notice, renderTable } from './markdown.ts'

const accounts: readonly (readonly [name: string, permissions: readonly Permission[]])[] = [
  ['c8s-admission', [...admissionPermissions, ...certificatePermissions]],
  ['c8s-controller', [...controllerPermissions, ...forgePermissions]],
  ['c8s-server', serverPermissions],
]

/** docs/permissions.md: what the accounts of c8s may do, and why. */
export function renderPermissionsPage(): string {
  const sections = accounts.flatMap(([name, permissions]) => [
    `## ${name}`,
    renderTable(['resources', 'verbs', 'where', 'why'], permissions.map(toRow)),
  ])
  const intro =
    'The service accounts of c8s in the namespace `c8s-system`, and every right they have. How they come into the cluster: [install.md](install.md).'
  return [notice, '# Permissions', intro, ...sections].join('\n\n').concat('\n')
}

function toRow({ apiGroups, resources, verbs, resourceNames = [], namespace, why }: Permission): readonly string[] {
  const names = resources.flatMap((resource) => apiGroups.map((group) => toFullName(resource, group)))
  const called = resourceNames.length === 0 ? '' : ` called ${resourceNames.join(', ')}`
  return [`${names.join(', ')}${called}`, verbs.join(', '), namespace ?? 'everywhere', why]
}

/** `pipelineruns.c8s.dev/status`, as kubectl writes it. */
function toFullName(resource: string, group: string): string {
  const [plural = '', ...subresource] = resource.split('/')
  return [group === '' ? plural : `${plural}.${group}`, ...subresource].join('/')
}
