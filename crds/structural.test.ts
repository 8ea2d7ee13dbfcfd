import { describe, expect, it } from 'vitest'
import { kindDefinitions } from './definitions.ts'
import { toNode } from './schema.ts'
import { findStructuralProblems } from './structural.ts'

const text = { type: 'string', description: 'd', maxLength: 1 }

describe('findStructuralProblems', () => {
  it.each(kindDefinitions.map(({ kind, schema }) => ({ kind, schema })))('finds none in $kind', ({ schema }) => {
    expect(findStructuralProblems(toNode(schema))).toEqual([])
  })

  it.each<{ name: string; node: object; want: string }>([
    { name: 'no type', node: { description: 'd' }, want: ': has no type' },
    { name: 'a keyword the API server drops', node: { ...text, const: 'x' }, want: ': const is not a keyword' },
    { name: 'unbounded text', node: { type: 'string', description: 'd' }, want: ': has no maxLength' },
    {
      name: 'a field without description',
      node: { type: 'object', description: 'd', properties: { a: { type: 'boolean' } } },
      want: '.a: has no description',
    },
    {
      name: 'deep inside a list',
      node: { type: 'array', description: 'd', maxItems: 1, items: { type: 'array', description: 'd', items: text } },
      want: '[]: has no maxItems',
    },
    {
      name: 'a record that is a map',
      node: { type: 'object', description: 'd', properties: {}, additionalProperties: text },
      want: ': is both a record and a map',
    },
    {
      name: 'a required field that is not there',
      node: { type: 'object', description: 'd', properties: {}, required: ['a'] },
      want: ': requires a',
    },
    {
      name: 'an optional list-map key',
      node: {
        type: 'array',
        description: 'd',
        maxItems: 1,
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a'],
        items: { type: 'object', description: 'd', properties: { a: text } },
      },
      want: ': key a is not required',
    },
  ])('finds $name', ({ node, want }) => {
    const problems = findStructuralProblems(node)
    expect(problems).toEqual([expect.stringContaining(want)])
  })
})
