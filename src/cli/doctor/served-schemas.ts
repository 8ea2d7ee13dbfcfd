import { toAbilities } from '../../../crds/server-abilities.ts'
import { isSameJson } from '../../lib/json-equal.ts'
import type { Definition, DoctorFacts } from './facts.ts'

/** Whether the definition among those found has, in every version, the very schema of this one. */
export function isServedAs(wanted: Definition, found: readonly Definition[]): boolean {
  const served = found.find(({ metadata }) => metadata.name === wanted.metadata.name)
  return wanted.spec.versions.every(({ name, schema }) => {
    const version = served?.spec.versions.find((each) => each.name === name)
    return version !== undefined && isSameJson(version.schema, schema)
  })
}

/** Whether the server is too old for policies of admission; one that does not tell its version is taken for a new one. */
export function isBeforePolicies({ server }: Pick<DoctorFacts, 'server'>): boolean {
  return 'value' in server && !toAbilities(server.value.gitVersion).knowsPolicies
}

/** The command that brings this server the kinds; deploy/install/definitions.ts chooses the file by the same. */
export function toApplyCommand(facts: Pick<DoctorFacts, 'server'>): string {
  const file = isBeforePolicies(facts) ? 'crds-1.28.yaml' : 'crds.yaml'
  return `kubectl apply --server-side --force-conflicts -f deploy/${file}`
}
