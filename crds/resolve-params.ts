import type { Param } from './parts/params.ts'

type Values = Readonly<Record<string, string>>

/** Every param's value in a run: what the run gives, else its default. One that has neither is left out. */
export function resolveParams(params: readonly Param[], given: Values = {}): Record<string, string> {
  const entries = params.flatMap(({ name, default: otherwise }) => {
    const value = Object.hasOwn(given, name) ? given[name] : otherwise
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(entries)
}
