/** Parsed JSON of which nothing is known yet. Own keys only: `__proto__` is a key like any other here. */
export type JsonRecord = Readonly<Record<string, unknown>>

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value where it is an object, else an empty one: for reading on below something that may be of a wrong type. */
export function toRecord(value: unknown): JsonRecord {
  return isRecord(value) ? value : {}
}

/** The items where the value is a list, else none. */
export function toItems(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function toText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The entries of an object that are text. */
export function toTexts(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(toRecord(value))
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

/** `{ key: value }`, or nothing where the value is no text. */
export function pickText<K extends string>(key: K, value: unknown): { readonly [P in K]?: string } {
  const text = toText(value)
  return text === undefined ? {} : ({ [key]: text } as { readonly [P in K]: string })
}

/** Makes the value and all below it read-only, so that an injection that writes into its argument fails at once. */
export function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const item of Object.values(value)) freezeDeep(item)
  return value
}
