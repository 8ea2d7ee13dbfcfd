import * as fc from 'fast-check'
import type { SchemaNode } from '../../crds/schema.ts'

type Json = fc.Arbitrary<unknown>

/** Any value that a schema allows, kept small: lists of at most 3, texts of at most 20 characters. */
export function arbitraryOf(node: SchemaNode): Json {
  switch (node.type) {
    case 'string':
      return arbitraryText(node)
    case 'integer':
      return fc.integer({ min: bound(node, 'minimum'), max: Math.min(bound(node, 'maximum'), 2 ** 31 - 1) })
    case 'number':
      return fc.constantFrom(0, 0.25, 1)
    case 'boolean':
      return fc.boolean()
    case 'array':
      return arbitraryList(node)
    default:
      return node.properties === undefined ? arbitraryMap(node) : arbitraryRecord(node)
  }
}

function bound(node: SchemaNode, keyword: 'minimum' | 'maximum'): number {
  const value = (node as Readonly<Record<string, unknown>>)[keyword]
  return typeof value === 'number' ? value : 0
}

function arbitraryText(node: SchemaNode): Json {
  if (node.enum !== undefined) return fc.constantFrom(...node.enum)
  const { format, minLength = 0 } = node as { format?: string; minLength?: number }
  if (format === 'date-time') return fc.constantFrom('2025-10-12T10:30:00Z', '2025-10-12T10:30:00.123+02:00')
  if (node.pattern === undefined) return fc.string({ minLength, maxLength: 20, unit: 'grapheme-ascii' })
  const most = Math.min(node.maxLength ?? 20, 20)
  return fc
    .stringMatching(new RegExp(node.pattern), { maxLength: most })
    .filter((text) => text.length >= minLength && text.length <= most)
}

function arbitraryList(node: SchemaNode): Json {
  const { minItems = 0 } = node as { minItems?: number }
  const items = arbitraryOf(node.items ?? {})
  const [key] = node['x-kubernetes-list-map-keys'] ?? []
  const limits = { minLength: minItems, maxLength: Math.max(3, minItems) }
  return key === undefined
    ? fc.array(items, limits)
    : fc.uniqueArray(items, { ...limits, selector: (item) => (item as Record<string, unknown>)[key] })
}

function arbitraryMap(node: SchemaNode): Json {
  const values = arbitraryOf(node.additionalProperties ?? {})
  return fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), values, { maxKeys: 3, noNullPrototype: true })
}

function arbitraryRecord(node: SchemaNode): Json {
  const fields = Object.entries(node.properties ?? {}).map(([name, child]) => [name, arbitraryOf(child)] as const)
  const model: Record<string, Json> = Object.fromEntries(fields)
  return fc.record(model, { requiredKeys: [...(node.required ?? [])], noNullPrototype: true })
}

const wrongValues: readonly unknown[] = [null, '', 'x y', -1, 1.5, 1e9, true, [], {}, ['x'], { a: 1 }, 'A'.repeat(300)]

/** The value with one place of it replaced by something that may be wrong there, or taken out. */
export function arbitraryDamage(value: unknown): Json {
  const places = listPlaces(value)
  return fc
    .record({
      place: fc.nat(places.length - 1),
      wrong: fc.option(fc.constantFrom(...wrongValues)),
      isGone: fc.boolean(),
    })
    .map(({ place, wrong, isGone }) => replaceAt(value, places[place] ?? [], isGone ? undefined : wrong))
}

type Place = readonly (string | number)[]

function listPlaces(value: unknown, at: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [at]
  const children = Array.isArray(value)
    ? value.map((child: unknown, index): [number, unknown] => [index, child])
    : Object.entries(value)
  return [at, ...children.flatMap(([key, child]) => listPlaces(child, [...at, key]))]
}

function replaceAt(value: unknown, [key, ...rest]: Place, replacement: unknown): unknown {
  if (key === undefined) return replacement
  if (Array.isArray(value)) {
    const items = value.map((child: unknown, index) => (index === key ? replaceAt(child, rest, replacement) : child))
    return items.filter((item) => item !== undefined)
  }
  return Object.fromEntries(
    Object.entries(value as object)
      .map(([name, child]): [string, unknown] => [name, name === key ? replaceAt(child, rest, replacement) : child])
      .filter(([, child]) => child !== undefined),
  )
}
