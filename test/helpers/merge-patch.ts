import { isDeepStrictEqual } from 'node:util'

/** The JSON merge patch (RFC 7396) that makes one value the other; undefined where they are equal. */
export function findMergePatch(from: unknown, to: unknown): unknown {
  if (isDeepStrictEqual(from, to)) return undefined
  if (!isMap(from) || !isMap(to)) return to
  const keys = new Set([...Object.keys(from), ...Object.keys(to)])
  const changes = [...keys].flatMap((key) => {
    if (!(key in to)) return [[key, null] as const]
    const change = findMergePatch(from[key], to[key])
    return change === undefined ? [] : [[key, change] as const]
  })
  return Object.fromEntries(changes)
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
