import { isSameJson } from '../../lib/json-equal.ts'
import type { Definition } from './facts.ts'

/** Whether the definition among those found has, in every version, the very schema of this one. */
export function isServedAs(wanted: Definition, found: readonly Definition[]): boolean {
  const served = found.find(({ metadata }) => metadata.name === wanted.metadata.name)
  return wanted.spec.versions.every(({ name, schema }) => {
    const version = served?.spec.versions.find((each) => each.name === name)
    return version !== undefined && isSameJson(version.schema, schema)
  })
}
