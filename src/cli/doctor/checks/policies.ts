import { labels } from '../../../../crds/labels.ts'
import { type DoctorCheck, error, listSome, orOk, whenRead } from '../check.ts'

/** Every namespace that is put under a policy finds exactly one: without, all its runs and Jobs are refused. */
export const policies: DoctorCheck = {
  id: 'policies',
  judge: ({ namespaces, policies: reading }) =>
    whenRead(namespaces, (places) =>
      whenRead(reading, (found) => {
        const wanted = Map.groupBy(places, ({ metadata }) => metadata.labels?.[labels.policy] ?? '')
        const said = [...wanted].flatMap(([name, of]) => {
          const count = found.filter(({ metadata }) => metadata.labels?.[labels.policy] === name).length
          if (count === 1) return []
          const what = count === 0 ? 'is missing' : `is there ${count} times`
          const message = `policy "${name}" of namespace ${listSome(of.map(({ metadata }) => metadata.name ?? ''))} ${what}: runs there are refused`
          return [
            error(message, `one ConfigMap in c8s-system with the label ${labels.policy}=${name}: docs/policies.md`),
          ]
        })
        return orOk(
          said,
          wanted.size === 0 ? 'no namespace is under a policy' : 'every policy that a namespace names is there',
        )
      }),
    ),
}
