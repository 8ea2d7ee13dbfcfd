import { expect, it } from 'vitest'
import { kindDefinitions } from '../../crds/definitions.ts'
import { toNode } from '../../crds/schema.ts'
import { shareParts } from './share-parts.ts'

/** The schema with every reference replaced by what it stands for. */
function expand(value: unknown, definitions: Readonly<Record<string, unknown>>): unknown {
  if (Array.isArray(value)) return value.map((item) => expand(item, definitions))
  if (typeof value !== 'object' || value === null) return value
  if ('$ref' in value) return expand(definitions[String(value.$ref).replace('#/$defs/', '')], definitions)
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, expand(child, definitions)]))
}

const isRule = (key: string) => key !== 'description' && !key.startsWith('x-kubernetes-')

it.each(kindDefinitions)('$kind has the same rules with its parts shared', ({ schema }) => {
  const { $defs, ...shared } = shareParts(toNode(schema))
  const rules: unknown = JSON.parse(
    JSON.stringify(schema),
    function keepRules(this: unknown, key: string, value: unknown) {
      // A field may be called description: it is one of properties then, and an object.
      return isRule(key) || (typeof value === 'object' && key === 'description') ? value : undefined
    },
  )
  expect(expand(shared, $defs)).toEqual(rules)
})

it.each([
  ['a step once as given and once as frozen', 'dependsOn', 2],
  ['what both have in common once', 'envVar', 1],
  ['what stands in a list of both once', 'port', 1],
])('writes %s for a run', (_name, field, times) => {
  const run = kindDefinitions.find(({ kind }) => kind === 'PipelineRun')
  const text = JSON.stringify(run === undefined ? {} : shareParts(toNode(run.schema)))
  expect(text.split(`"${field}"`).length - 1).toBe(times)
})
