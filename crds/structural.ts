import type { SchemaNode } from './schema.ts'

/** Keywords that both ajv and the API server know. Any other one the API server would drop or refuse. */
const keywords = new Set([
  'type',
  'description',
  'properties',
  'required',
  'items',
  'additionalProperties',
  'maxProperties',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-map-type',
  'x-kubernetes-validations',
])

/**
 * Why a schema could not stand in a CRD as it is, one line each: what the API server would not keep, what has no
 * description for `kubectl explain`, and what has no bound for the cost estimate of CEL.
 */
export function findStructuralProblems(node: SchemaNode, at = ''): string[] {
  return [
    ...findUnknownKeywords(node, at),
    ...checkNode(node).map((problem) => `${at}: ${problem}`),
    ...listChildren(node, at).flatMap(([path, child]) => findStructuralProblems(child, path)),
  ]
}

function findUnknownKeywords(node: SchemaNode, at: string): string[] {
  return Object.keys(node)
    .filter((keyword) => !keywords.has(keyword))
    .map((keyword) => `${at}: ${keyword} is not a keyword of structural schemas`)
}

function listChildren(node: SchemaNode, at: string): [string, SchemaNode][] {
  const fields = Object.entries(node.properties ?? {}).map(([name, child]): [string, SchemaNode] => [
    `${at}.${name}`,
    child,
  ])
  const inner = [node.items, node.additionalProperties].filter((child) => child !== undefined)
  return [...fields, ...inner.map((child): [string, SchemaNode] => [`${at}[]`, child])]
}

function checkNode(node: SchemaNode): string[] {
  const { type, properties, required = [], additionalProperties } = node
  const unknown = required.filter((name) => properties?.[name] === undefined)
  return [
    ...(type === undefined ? ['has no type'] : []),
    ...(node.description === undefined ? ['has no description'] : []),
    ...(properties !== undefined && additionalProperties !== undefined ? ['is both a record and a map'] : []),
    ...unknown.map((name) => `requires ${name}, which it does not have`),
    ...(type === 'string' && node.maxLength === undefined && node.enum === undefined ? ['has no maxLength'] : []),
    ...(type === 'array' ? checkList(node) : []),
  ]
}

function checkList(node: SchemaNode): string[] {
  const keys = node['x-kubernetes-list-map-keys'] ?? []
  const isMap = node['x-kubernetes-list-type'] === 'map'
  return [
    ...(node.items === undefined ? ['has no items'] : []),
    ...(node.maxItems === undefined ? ['has no maxItems'] : []),
    ...(isMap === keys.length > 0 ? [] : ['has list-map keys without the type, or the other way round']),
    ...keys.filter((key) => node.items?.required?.includes(key) !== true).map((key) => `key ${key} is not required`),
  ]
}
