import { ConversationProblem } from './conversation.ts'

/**
 * Readers of what a forge answered: unknown JSON in, our types out. A path is the names of fields with dots: `head.repo.id`.
 * `find…` gives undefined for what is absent, null or of another type; `read…` throws a ConversationProblem.
 */

export function findValue(value: unknown, path: string): unknown {
  let found = value
  for (const name of path.split('.')) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return undefined
    found = (found as Readonly<Record<string, unknown>>)[name]
  }
  return found ?? undefined
}

/** Undefined also where the text is empty. */
export function findText(value: unknown, path: string): string | undefined {
  return findString(value, path) || undefined
}

/** A text, which may be empty. */
export function findString(value: unknown, path: string): string | undefined {
  const found = findValue(value, path)
  return typeof found === 'string' ? found : undefined
}

export function findNumber(value: unknown, path: string): number | undefined {
  const found = findValue(value, path)
  return typeof found === 'number' ? found : undefined
}

/** Ids are numbers with some forges and texts with others. */
export function findId(value: unknown, path: string): string | undefined {
  const found = findValue(value, path)
  return typeof found === 'number' ? `${found}` : findText(value, path)
}

export function findList(value: unknown, path: string): readonly unknown[] {
  const found = findValue(value, path)
  return Array.isArray(found) ? found : []
}

export function isTrue(value: unknown, path: string): boolean {
  return findValue(value, path) === true
}

export function readText(value: unknown, path: string): string {
  return findText(value, path) ?? fail(`no text ${path}`)
}

export function readNumber(value: unknown, path: string): number {
  return findNumber(value, path) ?? fail(`no number ${path}`)
}

export function readId(value: unknown, path: string): string {
  return findId(value, path) ?? fail(`no id ${path}`)
}

/** The answer itself is a list, or holds one at the path. */
export function readList(value: unknown, path?: string): readonly unknown[] {
  const found = path === undefined ? value : findValue(value, path)
  return Array.isArray(found) ? found : fail(path === undefined ? 'no list' : `no list ${path}`)
}

/** A commit in full: SHA-1 or SHA-256. */
export function readCommit(value: unknown, path: string): string {
  const text = readText(value, path)
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text) ? text : fail(`no full commit ${path}`)
}

function fail(what: string): never {
  throw new ConversationProblem('unavailable', `the answer has ${what}`)
}
