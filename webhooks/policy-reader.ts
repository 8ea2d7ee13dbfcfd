import { readPolicy } from '../crds/policy/read.ts'
import type { PolicyReading } from '../crds/policy/terms.ts'
import type { ConfigMap } from '../src/lib/kubernetes.ts'

/** A policy is read again only when one of its ConfigMaps is another. */
export function createPolicyReader(): (name: string, configMaps: readonly ConfigMap[]) => PolicyReading {
  const known = new Map<string, { readonly of: readonly ConfigMap[]; readonly reading: PolicyReading }>()
  return (name, configMaps) => {
    const last = known.get(name)
    const isSame = last?.of.length === configMaps.length && configMaps.every((each, index) => each === last.of[index])
    if (last !== undefined && isSame) return last.reading
    const reading = readPolicy(name, configMaps)
    // A name without a ConfigMap is cheap to read, and anybody who may label a namespace can think of many.
    if (configMaps.length > 0) known.set(name, { of: configMaps, reading })
    return reading
  }
}
