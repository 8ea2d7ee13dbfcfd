import { type DoctorCheck, ok, whenRead } from '../check.ts'

/** Who else owns our short names. Nothing is wrong with that; kubectl takes the other kind for them. */
export const shortNames: DoctorCheck = {
  id: 'short-names',
  judge: ({ expected, definitions }) =>
    whenRead(definitions, (found) => {
      const ours = new Set(expected.definitions.map(({ metadata }) => metadata.name))
      const said = expected.definitions.flatMap(({ spec }) =>
        (spec.names.shortNames ?? []).flatMap((name) => {
          const others = found.filter(
            (each) => !ours.has(each.metadata.name) && each.spec.names.shortNames?.includes(name) === true,
          )
          const free = spec.names.shortNames?.find((short) => short.startsWith('c8s')) ?? spec.names.plural
          return others.map((other) =>
            ok(`"${name}" may mean ${other.metadata.name ?? ''} to kubectl: say "${free}" for ours`),
          )
        }),
      )
      return said.length > 0 ? said : [ok('no other kind of this cluster has our short names')]
    }),
}
