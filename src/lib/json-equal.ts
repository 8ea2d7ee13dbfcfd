/** Do two JSON values say the same? The order of an object's fields does not count, that of a list does. */
export function isSameJson(a: unknown, b: unknown): boolean {
  // Not Object.is: JSON has no NaN, and one zero.
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a)
  if (left.length !== Object.keys(b).length) return false
  return left.every(([key, value]) => Object.hasOwn(b, key) && isSameJson(value, (b as Record<string, unknown>)[key]))
}
