import { getChild, isRecord } from './inspect.ts'
import type { SchemaNode } from './schema.ts'

/**
 * A value of the schema's shape whatever was given: what has the wrong type, or is required and missing, becomes empty.
 * So the rules, which are written for typed specs, can run on a spec that is partly wrong and all its problems are told
 * at once; what they say of a repaired place is not shown.
 */
export function repairValue(value: unknown, node: SchemaNode): unknown {
  switch (node.type) {
    case 'string':
      return typeof value === 'string' ? value : ''
    case 'integer':
    case 'number':
      return typeof value === 'number' ? value : 0
    case 'boolean':
      return value === true
    case 'array': {
      const { items } = node
      return Array.isArray(value) && items !== undefined ? value.map((item) => repairValue(item, items)) : []
    }
    default:
      return repairRecord(isRecord(value) ? value : {}, node)
  }
}

function repairRecord(value: Readonly<Record<string, unknown>>, node: SchemaNode): unknown {
  const { properties, required = [] } = node
  const names = properties === undefined ? Object.keys(value) : Object.keys(properties)
  const kept = names.filter((name) => (Object.hasOwn(value, name) && value[name] !== null) || required.includes(name))
  return Object.fromEntries(
    kept.flatMap((name) => {
      const child = getChild(node, name)
      return child === undefined
        ? []
        : [[name, repairValue(Object.hasOwn(value, name) ? value[name] : undefined, child)]]
    }),
  )
}
