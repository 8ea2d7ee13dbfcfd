import { getChild, isRecord } from './inspect.ts'
import type { SchemaNode } from './schema.ts'

/**
 * The value without the fields that are null, as the API server stores it: to it a field that is there but empty
 * (`timeout:` in YAML) is a field left out. Nulls in lists stay, and are refused. What has no null is not copied.
 */
export function dropNulls(value: unknown, node: SchemaNode): unknown {
  const { items } = node
  if (Array.isArray(value)) return items === undefined ? value : dropFromList(value, items)
  return isRecord(value) ? dropFromRecord(value, node) : value
}

function dropFromList(value: readonly unknown[], items: SchemaNode): readonly unknown[] {
  const kept = value.map((item) => dropNulls(item, items))
  return kept.every((item, index) => item === value[index]) ? value : kept
}

function dropFromRecord(value: Readonly<Record<string, unknown>>, node: SchemaNode): unknown {
  const entries = Object.entries(value)
  const kept = entries.flatMap(([key, child]): [string, unknown][] => {
    const known = getChild(node, key)
    if (known === undefined) return [[key, child]]
    return child === null ? [] : [[key, dropNulls(child, known)]]
  })
  const isSame = kept.length === entries.length && kept.every(([, child], index) => child === entries[index]?.[1])
  return isSame ? value : Object.fromEntries(kept)
}
