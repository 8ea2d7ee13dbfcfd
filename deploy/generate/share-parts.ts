import type { SchemaNode } from '../../crds/schema.ts'

/** A schema in which what stands in several places is written once and referred to. */
export interface SharedSchema extends Readonly<Record<string, unknown>> {
  readonly $defs: Readonly<Record<string, unknown>>
}

/**
 * A CRD may hold no references, so a step stands in a run's schema four times, twice as given and twice as frozen. Written once each
 * for ajv, and without its descriptions, the code that ajv makes is a fifth of the size.
 */
export function shareParts(root: SchemaNode): SharedSchema {
  const counts = countUses(root)
  const names = new Map<SchemaNode, string>()
  const definitions = new Map<string, unknown>()

  const refer = (node: SchemaNode): unknown => {
    if (node.properties === undefined || (counts.get(node) ?? 0) < 2) return copy(node)
    const name = names.get(node) ?? `part${names.size}`
    if (!names.has(node)) {
      names.set(node, name)
      definitions.set(name, copy(node))
    }
    return { $ref: `#/$defs/${name}` }
  }
  const copy = (node: SchemaNode): Readonly<Record<string, unknown>> => ({
    ...keepRules(node),
    ...(node.properties === undefined ? {} : { properties: mapValues(node.properties, refer) }),
    ...(node.items === undefined ? {} : { items: refer(node.items) }),
    ...(node.additionalProperties === undefined ? {} : { additionalProperties: refer(node.additionalProperties) }),
  })

  const shared = copy(root)
  return { ...shared, $defs: Object.fromEntries(definitions) }
}

/** What decides whether a value fits: no descriptions, and nothing that only the API server reads. */
function keepRules(node: SchemaNode): Readonly<Record<string, unknown>> {
  const kept = Object.entries(node).filter(
    ([keyword]) => keyword !== 'description' && !keyword.startsWith('x-kubernetes-'),
  )
  return Object.fromEntries(kept)
}

function mapValues(fields: Readonly<Record<string, SchemaNode>>, change: (node: SchemaNode) => unknown) {
  return Object.fromEntries(Object.entries(fields).map(([name, node]) => [name, change(node)]))
}

function countUses(root: SchemaNode): ReadonlyMap<SchemaNode, number> {
  const counts = new Map<SchemaNode, number>()
  const visit = (node: SchemaNode): void => {
    const count = (counts.get(node) ?? 0) + 1
    counts.set(node, count)
    // A list is written wherever it stands, so what is in it is used as often.
    if (count > 1 && node.properties !== undefined) return
    const children = [...Object.values(node.properties ?? {}), node.items, node.additionalProperties]
    for (const child of children) if (child !== undefined) visit(child)
  }
  visit(root)
  return counts
}
