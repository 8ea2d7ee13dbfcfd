import type { KubeObject } from '../lib/kubernetes.ts'

/** Index functions for informers. */
export function indexByLabel(label: string): (object: KubeObject) => readonly string[] {
  return ({ metadata }) => {
    const value = metadata.labels?.[label]
    return value === undefined ? [] : [value]
  }
}

/** By the uid of every owner. */
export function indexByOwner({ metadata }: KubeObject): readonly string[] {
  return metadata.ownerReferences?.map(({ uid }) => uid) ?? []
}
