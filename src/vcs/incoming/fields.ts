import { isFullCommit } from '../../lib/forge-event.ts'

/**
 * Typed reading of JSON that others wrote. A path is made of names and indexes (`push.changes.0.new`), and only what an object
 * itself has is seen, so that `__proto__` is a name like any other. The find functions tell undefined for what is missing or of
 * another type; the require functions throw.
 */

/** Thrown where a delivery turns out to tell no event. The message is one sentence for a person, and quotes no foreign text. */
export class NoEvent extends Error {
  readonly kind: 'malformed' | 'ignored'

  constructor(kind: 'malformed' | 'ignored', message: string) {
    super(message)
    this.kind = kind
  }
}

export const malformed = (message: string) => new NoEvent('malformed', message)
export const ignored = (message: string) => new NoEvent('ignored', message)

export function findValue(source: unknown, path: string): unknown {
  let found = source
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found
}

/** An empty text counts as none: forges write it where there is nothing. */
export function findText(source: unknown, path: string): string | undefined {
  const found = findValue(source, path)
  return typeof found === 'string' && found !== '' ? found : undefined
}

export function findNumber(source: unknown, path: string): number | undefined {
  const found = findValue(source, path)
  return typeof found === 'number' && Number.isSafeInteger(found) ? found : undefined
}

export function findFlag(source: unknown, path: string): boolean | undefined {
  const found = findValue(source, path)
  return typeof found === 'boolean' ? found : undefined
}

export function findList(source: unknown, path: string): readonly unknown[] | undefined {
  const found = findValue(source, path)
  return Array.isArray(found) ? found : undefined
}

/** A number or text that stands for something at the forge. */
export function findId(source: unknown, path: string): string | undefined {
  return findNumber(source, path)?.toString() ?? findText(source, path)
}

/** The URL of a page that a browser may open. */
export function findPage(source: unknown, path: string): string | undefined {
  const found = findText(source, path)
  return found !== undefined && /^https?:\/\/[!-~]{1,2000}$/.test(found) ? found : undefined
}

export function requirePage(source: unknown, path: string): string {
  return findPage(source, path) ?? fail(source, path, 'the http or https URL of a page')
}

export function requireText(source: unknown, path: string): string {
  return findText(source, path) ?? fail(source, path, 'a text')
}

export function requireId(source: unknown, path: string): string {
  return findId(source, path) ?? fail(source, path, 'an id')
}

/** From 1. */
export function requireNumber(source: unknown, path: string): number {
  const found = findNumber(source, path)
  return found !== undefined && found > 0 ? found : fail(source, path, 'a whole number from 1')
}

export function requireFlag(source: unknown, path: string): boolean {
  return findFlag(source, path) ?? fail(source, path, 'true or false')
}

export function requireList(source: unknown, path: string): readonly unknown[] {
  return findList(source, path) ?? fail(source, path, 'a list')
}

/** In full, and not the zeros that stand for none. */
export function requireCommit(source: unknown, path: string): string {
  return findCommit(source, path) ?? fail(source, path, 'a commit')
}

export function findCommit(source: unknown, path: string): string | undefined {
  const found = findText(source, path)
  return found !== undefined && isFullCommit(found) && !isZeros(found) ? found : undefined
}

/** Whether these are the zeros that stand for no commit. */
export function isZeros(commit: string): boolean {
  return /^(0{40}|0{64})$/.test(commit)
}

/** RFC 3339, from milliseconds since 1970 or from any usual form of a date and time. */
export function requireTime(source: unknown, path: string): string {
  const found = findNumber(source, path) ?? findText(source, path)
  const usual = typeof found === 'string' ? found.replace(/^([0-9-]{10}) ([0-9:.]{8,18}) UTC$/, '$1T$2Z') : found
  const date = new Date(usual ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? fail(source, path, 'a time') : date.toISOString()
}

function fail(source: unknown, path: string, what: string): never {
  const found = findValue(source, path)
  throw malformed(found === undefined || found === null ? `${path} is missing` : `${path} is not ${what}`)
}

type Loose<T> = { readonly [K in keyof T]: object extends Pick<T, K> ? T[K] | undefined : T[K] }

/** The same without the fields that are undefined. */
export function present<T extends object>(fields: Loose<T>): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
