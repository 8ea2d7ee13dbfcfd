import { createHash } from 'node:crypto'
import { isSameJson } from '../../../lib/json-equal.ts'
import { type DoctorCheck, error, orOk, whenRead } from '../check.ts'
import type { Definition } from '../facts.ts'
import { isServedAs, toApplyCommand } from '../served-schemas.ts'

/** Each kind of ours is served, with the very schema of this program. */
export const definitions: DoctorCheck = {
  id: 'definitions',
  judge: ({ expected, definitions: reading, server }) =>
    whenRead(reading, (found) => {
      const remedy = `apply the CRDs of the version that runs: ${toApplyCommand({ server })}`
      const byName = new Map(found.map((each) => [each.metadata.name, each]))
      // Which of the two it should be is for the check of the policy to say.
      const older = expected.olderDefinitions.filter((each) => isServedAs(each, found))
      const said = expected.definitions.flatMap((wanted) => {
        const { name } = wanted.metadata
        const said = judgeDefinition(older.find(({ metadata }) => metadata.name === name) ?? wanted, byName.get(name))
        return said.map((message) => error(message, remedy))
      })
      return orOk(said, `the ${expected.definitions.length} kinds are served, with the schemas of this version`)
    }),
}

/** What is wrong with it. */
function judgeDefinition(wanted: Definition, found: Definition | undefined): readonly string[] {
  const what = `CustomResourceDefinition "${wanted.metadata.name ?? ''}"`
  if (found === undefined) return [`${what} is missing`]
  const refused = found.status?.conditions?.find(({ type, status }) => type === 'Established' && status !== 'True')
  if (refused !== undefined) return [`${what} is not served: ${refused.message ?? refused.reason ?? ''}`]
  return wanted.spec.versions.flatMap((version) => {
    const served = found.spec.versions.find(({ name }) => name === version.name)
    if (served === undefined) return [`${what} has no version ${version.name}`]
    if (isSameJson(served.schema, version.schema)) return []
    const [is, should] = [served, version].map(({ schema }) => toFingerprint(schema))
    return [`${what} has another schema (${is}) than this version of c8s (${should})`]
  })
}

/** The same for the same schema, in whatever order its fields come. */
function toFingerprint(schema: object | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(schema)))
    .digest('hex')
    .slice(0, 8)
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sortKeys(field)]),
  )
}
