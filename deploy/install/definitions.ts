import { join } from 'node:path'
import { kindDefinitions } from '../../crds/definitions.ts'
import { group } from '../../crds/labels.ts'
import { type ServerAbilities, toAbilities } from '../../crds/server-abilities.ts'
import { type KubectlTarget, kubectl } from './kubectl.ts'

/** The file with the CRDs that a server of this version takes, such as `v1.34.4`; docs/adr/0179. */
export function toDefinitionsFile(gitVersion: string): 'crds.yaml' | 'crds-1.28.yaml' {
  return toAbilities(gitVersion).knowsSelectableFields ? 'crds.yaml' : 'crds-1.28.yaml'
}

function readVersion(target: KubectlTarget): string {
  return (JSON.parse(kubectl(target, ['get', '--raw', '/version'])) as { readonly gitVersion: string }).gitVersion
}

/** Path of the CRDs for the cluster, and of the policy beside them. */
export function chooseDefinitions(target: KubectlTarget): string {
  return join(import.meta.dirname, '..', toDefinitionsFile(readVersion(target)))
}

/** Applies the file for the cluster, and waits until the kinds are served. */
export function applyDefinitions(target: KubectlTarget): void {
  const file = chooseDefinitions(target)
  kubectl(target, ['apply', '--server-side', '--force-conflicts', '--field-manager=c8s-deploy', '-f', file])
  const names = kindDefinitions.map(({ plural }) => `customresourcedefinition/${plural}.${group}`)
  kubectl(target, ['wait', '--for=condition=Established', '--timeout=30s', ...names])
}

const policyKinds = 'validatingadmissionpolicybindings,validatingadmissionpolicies'

/** Kinds of what the file for the cluster holds, as kubectl takes them. A server refuses to list what it does not know. */
export function toDefinitionKinds({ knowsPolicies }: ServerAbilities): string {
  return knowsPolicies ? `customresourcedefinitions,${policyKinds}` : 'customresourcedefinitions'
}

export function chooseDefinitionKinds(target: KubectlTarget): string {
  return toDefinitionKinds(toAbilities(readVersion(target)))
}
