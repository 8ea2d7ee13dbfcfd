import { createPatch, type Operation, type Pointer } from 'rfc6902'
import { isSameJson } from '../src/lib/json-equal.ts'
import { isRecord } from './json.ts'

/**
 * The JSON Patch from the object that was sent to the one that is wanted. Made once, at the end. What the wanted object
 * shares with the sent one is not looked into, so keep untouched parts by reference.
 */
export function diffObjects(sent: object, wanted: object): Operation[] {
  return createPatch(sent, wanted, diffLists)
}

/**
 * Lists are told apart by the names of their items, as Kubernetes does, so that a container put first does not rewrite
 * all others; and in linear time, where the search for the shortest edit takes length × length.
 */
function diffLists(sent: unknown, wanted: unknown, at: Pointer): Operation[] | undefined {
  if (sent === wanted) return []
  if (!Array.isArray(sent) || !Array.isArray(wanted)) return undefined
  if (isSameJson(sent, wanted)) return []
  return insertNamed(sent, wanted, at) ?? [{ op: 'replace', path: at.toString(), value: wanted }]
}

/** Undefined where an item went away, changed its place or has no name. */
function insertNamed(sent: readonly unknown[], wanted: readonly unknown[], at: Pointer): Operation[] | undefined {
  const operations: Operation[] = []
  let next = 0
  for (const [index, item] of wanted.entries()) {
    const path = `${at.toString()}/${index}`
    const name = toName(item)
    if (name === undefined) return undefined
    if (next < sent.length && toName(sent[next]) === name) {
      operations.push(...createPatch(sent[next], item, diffLists).map((one) => placeAt(path, one)))
      next += 1
    } else {
      operations.push({ op: 'add', path, value: item })
    }
  }
  return next === sent.length ? operations : undefined
}

function toName(item: unknown): string | undefined {
  return isRecord(item) && typeof item['name'] === 'string' ? item['name'] : undefined
}

function placeAt(path: string, operation: Operation): Operation {
  return { ...operation, path: `${path}${operation.path}` }
}
