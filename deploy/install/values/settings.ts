import { isRecord } from '../../../crds/inspect.ts'
import { type Descriptions, isGroup } from './describe.ts'

type Plain = Readonly<Record<string, unknown>>

/** The settings where nothing is given. */
export function readDefaults(descriptions: Descriptions): Plain {
  return Object.fromEntries(
    Object.entries(descriptions).map(([name, one]) => [name, isGroup(one) ? readDefaults(one.values) : one.default]),
  )
}

/** Helm's rule: maps are merged, all else is replaced. */
export function mergeSettings<S>(settings: S, overrides: unknown): S {
  return merge(settings, overrides) as S
}

function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base
  if (!isRecord(base) || !isRecord(over)) return over
  const names = [...new Set([...Object.keys(base), ...Object.keys(over)])]
  return Object.fromEntries(names.map((name) => [name, merge(base[name], over[name])]))
}

/** The value at a path such as `admission.replicas`. Throws where there is none: the template names what nobody describes. */
export function readSetting(settings: unknown, path: string): unknown {
  const found = path.split('.').reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), settings)
  if (found === undefined) throw new Error(`the installation has no value ${path}`)
  return found
}
