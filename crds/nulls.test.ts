import { describe, expect, it } from 'vitest'
import { dropNulls } from './nulls.ts'
import { pipelineConfig } from './pipeline-config.ts'
import { toNode } from './schema.ts'

const node = toNode(pipelineConfig)

describe('dropNulls', () => {
  it.each([
    ['a field', { spec: { timeout: null, repository: 'r' } }, { spec: { repository: 'r' } }],
    ['a field of a list item', { spec: { steps: [{ name: 'a', env: null }] } }, { spec: { steps: [{ name: 'a' }] } }],
    ['an entry of a map', { spec: { matrix: { dimensions: { a: null } } } }, { spec: { matrix: { dimensions: {} } } }],
    ['not an item of a list', { spec: { steps: [null] } }, { spec: { steps: [null] } }],
    ['not what the schema does not know', { spec: { other: null } }, { spec: { other: null } }],
    ['nothing of a value of the wrong type', { spec: 'x' }, { spec: 'x' }],
  ])('drops %s', (_, value, want) => {
    expect(dropNulls(value, node)).toEqual(want)
  })

  it('does not copy what has none', () => {
    const value = { spec: { repository: 'r', steps: [{ name: 'a' }] } }
    expect(dropNulls(value, node)).toBe(value)
  })
})
