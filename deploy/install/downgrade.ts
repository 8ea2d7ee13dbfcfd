import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { type KubectlTarget, kubectl } from './kubectl.ts'

interface SchemaNode {
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly items?: SchemaNode
  readonly additionalProperties?: SchemaNode | boolean
}

interface Definition {
  readonly kind?: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema?: SchemaNode } }[]
  }
}

/** Paths of fields that the served schema knows and the given one does not, each with a dot before it. */
export function findLostFields(served: SchemaNode, given: SchemaNode | undefined, at = ''): readonly string[] {
  if (given === undefined) return [at]
  const { properties = {}, items, additionalProperties } = served
  const inside = Object.entries(properties).flatMap(([name, node]) => {
    return findLostFields(node, given.properties?.[name], `${at}.${name}`)
  })
  const inItems = items === undefined ? [] : findLostFields(items, given.items, `${at}[]`)
  const values = typeof additionalProperties === 'object' ? additionalProperties : undefined
  const others = typeof given.additionalProperties === 'object' ? given.additionalProperties : undefined
  return [...inside, ...inItems, ...(values === undefined ? [] : findLostFields(values, others, `${at}{}`))]
}

function listLost(served: readonly Definition[], given: readonly Definition[]): readonly string[] {
  return served.flatMap(({ metadata, spec }) => {
    const own = given.find((each) => each.metadata.name === metadata.name)
    return spec.versions.flatMap(({ name, schema = {} }) => {
      const version = own?.spec.versions.find((each) => each.name === name)
      const lost = findLostFields(schema.openAPIV3Schema ?? {}, version?.schema?.openAPIV3Schema)
      return lost.map((path) => `${metadata.name} ${path || name}`)
    })
  })
}

/**
 * Throws where the cluster's CRDs know fields that those of the file do not: a newer c8s put them there, and what is stored in such
 * fields would be lost with the next write of each object, in runs under way too. Schemas only grow, so an upgrade never loses one.
 */
export function refuseDowngrade(target: KubectlTarget, file: string): void {
  const { items } = JSON.parse(
    kubectl(target, ['get', 'customresourcedefinitions', '-l', 'app.kubernetes.io/part-of=c8s', '-o', 'json']),
  ) as { items: readonly Definition[] }
  const given = parseAllDocuments(readFileSync(file, 'utf8'))
    .map((document) => document.toJS() as Definition)
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
  const lost = listLost(items, given)
  if (lost.length === 0) return
  const some = lost.slice(0, 3).join(', ') + (lost.length > 3 ? ` and ${lost.length - 3} more` : '')
  throw new Error(
    `this cluster has a newer c8s: what is stored in ${some} would be lost. Deploy that version or a newer one; or, when no run is under way and nobody uses these fields: npm run deploy -- --allow-downgrade`,
  )
}
