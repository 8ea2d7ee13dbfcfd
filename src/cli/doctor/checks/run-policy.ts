import { isSameJson } from '../../../lib/json-equal.ts'
import { type DoctorCheck, error, listSome, ok, orOk, type Said, whenRead } from '../check.ts'
import type { PolicyObject } from '../facts.ts'
import { isBeforePolicies, isServedAs, toApplyCommand } from '../served-schemas.ts'

/** Fields by which a policy or its binding holds for less; ours have none of them. */
const narrowing = ['matchConditions', 'paramKind', 'matchResources', 'paramRef'] as const
const unkept = 'while the webhooks are down, whoever may write runs can change their plan'

/** What keeps the spec of runs while the webhooks are down: a policy, or rules of the definition where the server is older. */
export const runPolicy: DoctorCheck = {
  id: 'run-policy',
  judge: ({ expected, definitions, runPolicy: reading, server }) =>
    whenRead(definitions, (served) => {
      const hasRules = expected.olderDefinitions.some((each) => isServedAs(each, served))
      if (hasRules) return [ok('the definition of runs keeps their spec, as it does before Kubernetes 1.30')]
      const remedy = toApplyCommand({ server })
      if (isBeforePolicies({ server })) {
        return [error(`the definition of runs has not the rules that keep their spec: ${unkept}`, remedy)]
      }
      return whenRead(reading, (found) => {
        const said = expected.runPolicy.flatMap((wanted) => {
          const is = found.find(({ kind }) => kind === wanted.kind)
          return is === undefined ? [error(`${nameOf(wanted)} is missing: ${unkept}`, remedy)] : judgeObject(wanted, is)
        })
        return orOk(said, 'the policy that keeps the spec of runs is as it was installed')
      })
    }),
}

const nameOf = ({ kind = '', metadata: { name = '' } }: PolicyObject) => `${kind} "${name}"`

function judgeObject(wanted: PolicyObject, found: PolicyObject): readonly Said[] {
  const fields = [...Object.keys(wanted.spec), ...narrowing].filter(
    (field) => !isSameJson(found.spec[field], wanted.spec[field]),
  )
  if (fields.length === 0) return []
  // A server-side apply leaves what another wrote beside it, in lists too.
  return [error(`${nameOf(wanted)} has another ${listSome(fields)}`, 'kubectl replace -f deploy/crds.yaml')]
}
