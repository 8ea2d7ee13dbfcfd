import type { FieldError, Verdict } from '../src/lib/field-error.ts'
import { quoteValue } from '../src/lib/field-error.ts'
import type { KindDefinition } from './definitions.ts'
import { isRecord } from './inspect.ts'
import { apiVersion } from './labels.ts'
import { namePattern } from './patterns.ts'

/** More than any object that fits into etcd needs; past it nothing else is looked at. */
const maxValues = 250_000
const maxDepth = 64

const legalName = new RegExp(namePattern)
const legalPrefix = /^[a-z0-9][-a-z0-9.]*$/

/** Why an object cannot be judged as one of the kind at all; undefined where it can. */
export function checkEnvelope(object: unknown, kind: KindDefinition['kind']): Verdict | undefined {
  const shape = checkSize(object)
  if (shape !== undefined || !isRecord(object)) return shape
  const errors = [...checkWord(object, 'apiVersion', apiVersion), ...checkWord(object, 'kind', kind)]
  return errors.length === 0 ? undefined : { errors, warnings: [] }
}

/** The same for content without apiVersion and kind. Holds for any input, however large or deep. */
export function checkSize(object: unknown): Verdict | undefined {
  const error = isRecord(object) ? scanValues(object) : notAMap(object)
  return error === undefined ? undefined : { errors: [error], warnings: [] }
}

/** Name or generateName, as the API server checks them, so that the CLI can say it offline. */
export function checkMetadata(object: Readonly<Record<string, unknown>>): FieldError[] {
  const metadata = isRecord(object['metadata']) ? object['metadata'] : {}
  const { name, generateName } = metadata
  if (name === undefined && generateName === undefined)
    return [{ path: 'metadata.name', code: 'Required', message: 'must be given' }]
  if (name !== undefined && !isLegal(name, legalName))
    return [
      { path: 'metadata.name', code: 'Invalid', message: `${describe(name)} is not a legal name`, hint: nameHint },
    ]
  if (name === undefined && !isLegal(generateName, legalPrefix))
    return [
      {
        path: 'metadata.generateName',
        code: 'Invalid',
        message: `${describe(generateName)} is not the start of a legal name`,
        hint: nameHint,
      },
    ]
  return []
}

const nameHint = 'up to 253 lower-case letters, digits, dashes and dots'

function isLegal(name: unknown, form: RegExp): boolean {
  return typeof name === 'string' && name.length <= 253 && form.test(name)
}

function checkWord(object: Readonly<Record<string, unknown>>, field: string, want: string): FieldError[] {
  const given = Object.hasOwn(object, field) ? object[field] : undefined
  if (given === want) return []
  if (given === undefined) return [{ path: field, code: 'Required', message: `must be ${want}` }]
  return [{ path: field, code: 'Invalid', message: `must be ${want}, not ${describe(given)}` }]
}

function describe(value: unknown): string {
  return typeof value === 'string' ? quoteValue(value) : `a ${Array.isArray(value) ? 'list' : typeof value}`
}

function notAMap(object: unknown): FieldError {
  const given = object === null || object === undefined ? 'empty' : describe(object)
  return { path: '', code: 'Malformed', message: `must be a map of fields, not ${given}` }
}

interface Open {
  readonly value: object
  readonly depth: number
}

/** Walks without recursion, so that no depth of nesting overflows the stack. */
function scanValues(root: object): FieldError | undefined {
  const open: Open[] = [{ value: root, depth: 1 }]
  let count = 0
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, depth } = place
    if (depth > maxDepth) return { path: '', code: 'TooLarge', message: `is nested deeper than ${maxDepth} levels` }
    const children = Object.values(value)
    count += children.length
    if (count > maxValues) return { path: '', code: 'TooLarge', message: `holds more than ${maxValues} values` }
    if (Object.hasOwn(value, '__proto__'))
      return { path: '', code: 'Malformed', message: 'holds a field named __proto__, which is not allowed' }
    for (const child of children)
      if (typeof child === 'object' && child !== null) open.push({ value: child, depth: depth + 1 })
  }
  return undefined
}
