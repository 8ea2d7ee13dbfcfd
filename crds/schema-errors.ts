import type { ErrorObject } from 'ajv'
import { type FieldError, joinPath, quoteValue } from '../src/lib/field-error.ts'
import { findNearest } from '../src/lib/nearest.ts'
import { parseRepository, redactUrls } from '../src/lib/repository.ts'
import { getChild, isRecord, toFieldPath } from './inspect.ts'
import { patternWords, repositoryPattern } from './patterns.ts'
import type { SchemaNode } from './schema.ts'

/** A place in an object that ajv complains about. */
interface Place {
  readonly path: string
  readonly value: unknown
  readonly node: SchemaNode
}

type Description = Omit<FieldError, 'path'>

/** ajv's errors in our words: one for each place, the first that ajv found. */
export function describeSchemaErrors(errors: readonly ErrorObject[], object: unknown, root: SchemaNode): FieldError[] {
  const described = new Map<string, FieldError>()
  for (const error of errors) {
    const place = findPlace(error.instancePath, object, root)
    const found = error.keyword === 'required' ? describeMissing(error, place) : describeValue(error, place)
    if (!described.has(found.path)) described.set(found.path, found)
  }
  return [...described.values()]
}

/** Follows a JSON pointer through object and schema at once. */
function findPlace(pointer: string, object: unknown, root: SchemaNode): Place {
  const keys = pointer.split('/').slice(1)
  return keys.reduce<Place>(
    ({ path, value, node }, encoded) => {
      const key = encoded.replaceAll('~1', '/').replaceAll('~0', '~')
      return Array.isArray(value)
        ? { path: `${path}[${key}]`, value: value[Number(key)], node: node.items ?? {} }
        : {
            path: toFieldPath(path, key),
            value: isRecord(value) ? value[key] : undefined,
            node: getChild(node, key) ?? {},
          }
    },
    { path: '', value: object, node: root },
  )
}

function describeMissing(error: ErrorObject, { path, node }: Place): FieldError {
  const name = String(error.params['missingProperty'])
  const description = node.properties?.[name]?.description
  return {
    path: joinPath(path, name),
    code: 'Required',
    message: 'must be given',
    ...(description === undefined ? {} : { hint: description.replace(/\.$/, '') }),
  }
}

function describeValue(error: ErrorObject, place: Place): FieldError {
  const describe = Object.hasOwn(descriptions, error.keyword) ? descriptions[error.keyword] : undefined
  const limit = Number(error.params['limit'])
  return {
    path: place.path,
    ...(describe?.(place, limit) ?? { code: 'Invalid', message: `breaks the rule ${error.keyword}` }),
  }
}

const descriptions: Readonly<Record<string, (place: Place, limit: number) => Description>> = {
  type: ({ value, node, path }) => ({
    code: 'Invalid',
    message: `must be ${typeWords[node.type ?? ''] ?? node.type}, not ${describeType(value, path)}`,
    ...(node.type === 'string' && isScalar(value) ? { hint: 'put it in quotes' } : {}),
  }),
  pattern: describeForm,
  enum: ({ value, node: { enum: choices = [] } }) => {
    const nearest = typeof value === 'string' ? findNearest(value, choices) : undefined
    return {
      code: 'Invalid',
      message: `${quoteText(value)} is not one of ${choices.join(', ')}`,
      ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
    }
  },
  minLength: (place, limit) =>
    place.node.pattern === undefined
      ? { code: 'Invalid', message: limit === 1 ? 'must not be empty' : `must have at least ${limit} characters` }
      : describeForm(place),
  maxLength: ({ value }, limit) => tooLarge([...String(value)].length, 'characters', limit),
  maxItems: ({ value }, limit) => tooLarge(Array.isArray(value) ? value.length : 0, 'items', limit),
  maxProperties: ({ value }, limit) => tooLarge(isRecord(value) ? Object.keys(value).length : 0, 'entries', limit),
  minItems: (_, limit) => ({ code: 'Invalid', message: `must have at least ${limit} item${limit === 1 ? '' : 's'}` }),
  minimum: ({ value }, limit) => ({ code: 'Invalid', message: `must be at least ${limit}, not ${String(value)}` }),
  maximum: ({ value }, limit) => ({ code: 'Invalid', message: `must be at most ${limit}, not ${String(value)}` }),
}

function describeForm({ value, node }: Place): Description {
  if (node.pattern === repositoryPattern) return { code: 'Invalid', message: describeRepository(value) }
  const words = patternWords[node.pattern ?? ''] ?? `of the form ${node.pattern}`
  return { code: 'Invalid', message: `${quoteText(value)} is not ${words}` }
}

/** Never with the value: a credential may be in it. */
function describeRepository(value: unknown): string {
  const parsed = parseRepository(String(value))
  return `the URL ${'problem' in parsed ? parsed.problem : `is not ${patternWords[repositoryPattern]}`}`
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of fields',
}

/** Names what was given. The value of an environment variable is never shown: it may be a secret. */
function describeType(value: unknown, path: string): string {
  const isShown = !path.endsWith('.value')
  if (value === null || value === undefined) return 'empty'
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  if (typeof value === 'string') return isShown ? `the text ${quoteText(value)}` : 'text'
  return isShown ? `the ${typeof value} ${JSON.stringify(value)}` : `a ${typeof value}`
}

function isScalar(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'boolean'
}

/** URLs are shown without the credentials that somebody may have put into them. */
function quoteText(value: unknown): string {
  return typeof value === 'string' ? quoteValue(redactUrls(value)) : String(value)
}

function tooLarge(size: number, unit: string, limit: number): Description {
  return { code: 'TooLarge', message: `has ${size} ${unit}, at most ${limit} are allowed` }
}
