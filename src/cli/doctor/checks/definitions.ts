import { createHash } from 'node:crypto'
import { isSameJson } from '../../../lib/json-equal.ts'
import { type DoctorCheck, error, orOk, type Said, whenRead } from '../check.ts'
import type { Definition } from '../facts.ts'
import { isServedAs } from '../served-schemas.ts'

const remedy = 'apply the crds.yaml of the version that runs: kubectl apply --server-side -f deploy/crds.yaml'

/** Each kind of ours is served, with the very schema of this program. */
export const definitions: DoctorCheck = {
  id: 'definitions',
  judge: ({ expected, definitions: reading }) =>
    whenRead(reading, (found) => {
      const byName = new Map(found.map((each) => [each.metadata.name, each]))
      // Which of the two it should be is for the check of the policy to say.
      const older = expected.olderDefinitions.filter((each) => isServedAs(each, found))
      const said = expected.definitions.flatMap((wanted) => {
        const { name } = wanted.metadata
        return judgeDefinition(older.find(({ metadata }) => metadata.name === name) ?? wanted, byName.get(name))
      })
      return orOk(said, `the ${expected.definitions.length} kinds are served, with the schemas of this version`)
    }),
}

function judgeDefinition(wanted: Definition, found: Definition | undefined): readonly Said[] {
  const what = `CustomResourceDefinition "${wanted.metadata.name ?? ''}"`
  if (found === undefined) return [error(`${what} is missing`, remedy)]
  const refused = found.status?.conditions?.find(({ type, status }) => type === 'Established' && status !== 'True')
  if (refused !== undefined) return [error(`${what} is not served: ${refused.message ?? refused.reason ?? ''}`, remedy)]
  return wanted.spec.versions.flatMap((version) => {
    const served = found.spec.versions.find(({ name }) => name === version.name)
    if (served === undefined) return [error(`${what} has no version ${version.name}`, remedy)]
    if (isSameJson(served.schema, version.schema)) return []
    const [is, should] = [served, version].map(({ schema }) => toFingerprint(schema))
    return [error(`${what} has another schema (${is}) than this version of c8s (${should})`, remedy)]
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
