import { type FieldError, joinPath, quoteValue } from '../src/lib/field-error.ts'
import { findNearest } from '../src/lib/nearest.ts'
import { isDateTime } from './date-time.ts'
import type { SchemaNode } from './schema.ts'

/** What a schema walk finds that JSON Schema alone cannot tell. */
export interface Findings {
  readonly unknown: FieldError[]
  readonly duplicates: FieldError[]
  /** Texts that are not of their format. */
  readonly malformed: FieldError[]
}

/**
 * Looks for fields that the schema does not have (the API server drops them), for items of list-maps that share a key
 * (it refuses them) and for times that are none. Goes no deeper than the schema, however deep the value is.
 */
export function inspectValue(value: unknown, node: SchemaNode, at: string): Findings {
  const findings: Findings = { unknown: [], duplicates: [], malformed: [] }
  visit({ value, node, at }, findings)
  return findings
}

interface Place {
  readonly value: unknown
  readonly node: SchemaNode
  readonly at: string
}

function visit({ value, node, at }: Place, findings: Findings): void {
  const { items } = node
  if (Array.isArray(value) && items !== undefined) {
    findings.duplicates.push(...findDuplicateKeys(value, node, at))
    for (const [index, item] of value.entries()) visit({ value: item, node: items, at: `${at}[${index}]` }, findings)
  } else if (isRecord(value)) {
    visitRecord({ value, node, at }, findings)
  } else if (node.format === 'date-time' && typeof value === 'string' && !isDateTime(value)) {
    const message = `${quoteValue(value)} is not a time such as 2026-01-31T12:00:00Z`
    findings.malformed.push({ path: at, code: 'Invalid', message })
  }
}

function visitRecord({ value, node, at }: Place & { value: Readonly<Record<string, unknown>> }, out: Findings): void {
  for (const [key, child] of Object.entries(value)) {
    const known = getChild(node, key)
    if (known !== undefined) visit({ value: child, node: known, at: toFieldPath(at, key) }, out)
    else if (node.properties !== undefined) out.unknown.push(describeUnknown(key, node.properties, at))
  }
}

function describeUnknown(key: string, properties: Readonly<Record<string, SchemaNode>>, at: string): FieldError {
  const nearest = findNearest(key, Object.keys(properties))
  return {
    path: toFieldPath(at, key),
    code: 'UnknownField',
    message: 'there is no such field',
    ...(nearest === undefined ? {} : { hint: `did you mean ${nearest}?` }),
  }
}

function findDuplicateKeys(items: readonly unknown[], node: SchemaNode, at: string): FieldError[] {
  const [key] = node['x-kubernetes-list-map-keys'] ?? []
  if (key === undefined) return []
  const places = new Map<unknown, number>()
  return items.flatMap((item, index): FieldError[] => {
    const name = isRecord(item) ? item[key] : undefined
    const first = places.get(name)
    if (typeof name !== 'string') return []
    if (first === undefined) {
      places.set(name, index)
      return []
    }
    const message = `${quoteValue(name)} is the ${key} of ${at}[${first}] already`
    return [{ path: `${at}[${index}].${key}`, code: 'Duplicate', message }]
  })
}

/** The schema of a field or map entry; never one that JavaScript's own object prototype holds. */
export function getChild({ properties, additionalProperties }: SchemaNode, key: string): SchemaNode | undefined {
  if (properties !== undefined && Object.hasOwn(properties, key)) return properties[key]
  return additionalProperties
}

/** `spec.steps`, but `spec.dimensions[my key]` where the key is no plain word. */
export function toFieldPath(at: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? joinPath(at, key) : `${at}[${key.length > 60 ? `${key.slice(0, 60)}…` : key}]`
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
