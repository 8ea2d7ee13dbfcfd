import { compareQuantities } from '../../src/lib/quantity.ts'
import { isRecord, type JsonRecord, toRecord } from '../json.ts'

/**
 * Does the stored value say all that the wanted one says? It may say more: the API server fills in defaults and writes
 * quantities in its own form. Items with names may stand among others; other lists must be equal in length.
 */
export function covers(stored: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  if (Array.isArray(wanted)) return Array.isArray(stored) && coversList(stored, wanted)
  if (isRecord(wanted)) return isRecord(stored) && coversFields(stored, wanted)
  return stored === wanted
}

/** Fields whose values are quantities, which the API server rewrites: `1000m` comes back as `1`. */
const amounts: ReadonlySet<string> = new Set(['requests', 'limits'])

function coversFields(stored: JsonRecord, wanted: JsonRecord): boolean {
  return Object.entries(wanted).every(([key, value]) => {
    const other = Object.hasOwn(stored, key) ? stored[key] : undefined
    return amounts.has(key) ? isSameAmounts(toRecord(other), toRecord(value)) : covers(other, value)
  })
}

function isSameAmounts(stored: JsonRecord, wanted: JsonRecord): boolean {
  return Object.entries(wanted).every(([name, value]) => compareQuantities(String(stored[name]), String(value)) === 0)
}

function coversList(stored: readonly unknown[], wanted: readonly unknown[]): boolean {
  if (!wanted.every(isNamed)) {
    return stored.length === wanted.length && wanted.every((item, index) => covers(stored[index], item))
  }
  return wanted.every((item) => stored.some((other) => covers(other, item)))
}

function isNamed(item: unknown): boolean {
  return isRecord(item) && typeof item['name'] === 'string'
}
