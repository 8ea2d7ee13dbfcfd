import { join } from 'node:path'
import { type KubectlTarget, kubectl } from './kubectl.ts'

/** The file with the CRDs that a server of this version takes, such as `v1.34.4`; docs/adr/0179. */
export function toDefinitionsFile(gitVersion: string): 'crds.yaml' | 'crds-1.28.yaml' {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
  return major === '1' && Number(minor) < 30 ? 'crds-1.28.yaml' : 'crds.yaml'
}

/** Path of the CRDs for the cluster. */
export function chooseDefinitions(target: KubectlTarget): string {
  const { gitVersion } = JSON.parse(kubectl(target, ['get', '--raw', '/version'])) as { gitVersion: string }
  return join(import.meta.dirname, '..', toDefinitionsFile(gitVersion))
}
