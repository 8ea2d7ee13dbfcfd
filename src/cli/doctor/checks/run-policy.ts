import { isSameJson } from '../../../lib/json-equal.ts'
import { type DoctorCheck, error, listSome, ok, orOk, type Said, whenRead } from '../check.ts'
import type { PolicyObject } from '../facts.ts'
import { isServedAs } from '../served-schemas.ts'

const remedy = 'kubectl apply --server-side --force-conflicts -f deploy/crds.yaml'

/** What keeps the spec of runs while the webhooks are down: a policy, or rules of the definition where the server is older. */
export const runPolicy: DoctorCheck = {
  id: 'run-policy',
  judge: ({ expected, definitions, runPolicy: reading }) =>
    whenRead(definitions, (served) => {
      const hasRules = expected.olderDefinitions.some((each) => isServedAs(each, served))
      if (hasRules) return [ok('the definition of runs keeps their spec, as it does before Kubernetes 1.30')]
      return whenRead(reading, (found) => {
        const said = expected.runPolicy.flatMap((wanted) =>
          judgeObject(
            wanted,
            found.find(({ kind }) => kind === wanted.kind),
          ),
        )
        return orOk(said, 'the policy that keeps the spec of runs is as it was installed')
      })
    }),
}

function judgeObject(wanted: PolicyObject, found: PolicyObject | undefined): readonly Said[] {
  const what = `${wanted.kind ?? ''} "${wanted.metadata.name ?? ''}"`
  if (found === undefined) {
    return [
      error(`${what} is missing: while the webhooks are down, whoever may write runs can change their plan`, remedy),
    ]
  }
  const fields = Object.entries(wanted.spec)
    .filter(([field, value]) => !isSameJson(found.spec[field], value))
    .map(([field]) => field)
  return fields.length === 0 ? [] : [error(`${what} has another ${listSome(fields)}`, remedy)]
}
