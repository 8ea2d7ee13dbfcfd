import type { KindDefinition } from './definitions.ts'
import { apiVersion } from './labels.ts'
import { repositoryFile } from './repository-file.ts'
import { type SchemaNode, toNode } from './schema.ts'

type Json = Readonly<Record<string, unknown>>

const dialect = 'http://json-schema.org/draft-07/schema#'

/** JSON Schema of a manifest for editors: as the CRD's, but an unknown field is wrong, because it can only be a slip. */
export function renderEditorSchema({ kind, schema }: KindDefinition): Json {
  const { properties = {}, description } = toNode(schema)
  return {
    $schema: dialect,
    title: kind,
    description,
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    additionalProperties: false,
    properties: {
      apiVersion: { const: apiVersion, description: 'Version of the kind.' },
      kind: { const: kind, description: 'The kind.' },
      metadata: { type: 'object', description: 'Name, namespace, labels and annotations, as of every object.' },
      ...closeFields(properties),
    },
  }
}

/** The same for `.c8s.yaml`. */
export function renderFileSchema(): Json {
  return { $schema: dialect, title: '.c8s.yaml', ...closeNode(toNode(repositoryFile)) }
}

/** A schema whose maps of named fields take no other field. Drops what only the API server reads. */
function closeNode(node: SchemaNode): Json {
  const kept = Object.entries(node).filter(([keyword]) => !keyword.startsWith('x-kubernetes-'))
  return {
    ...Object.fromEntries(kept),
    ...(node.properties === undefined ? {} : { properties: closeFields(node.properties), additionalProperties: false }),
    ...(node.items === undefined ? {} : { items: closeNode(node.items) }),
    ...(node.additionalProperties === undefined ? {} : { additionalProperties: closeNode(node.additionalProperties) }),
  }
}

function closeFields(fields: Readonly<Record<string, SchemaNode>>): Json {
  return Object.fromEntries(Object.entries(fields).map(([name, node]) => [name, closeNode(node)]))
}
