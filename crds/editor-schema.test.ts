import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { goodManifests } from '../test/helpers/manifests/good.ts'
import { isDateTime } from './date-time.ts'
import { kindDefinitions } from './definitions.ts'
import { renderEditorSchema, renderFileSchema } from './editor-schema.ts'

const ajv = new Ajv({ formats: { 'date-time': isDateTime } })
const checks = new Map(
  kindDefinitions.map((definition) => [definition.kind as string, ajv.compile(renderEditorSchema(definition))]),
)

describe('the schemas for editors', () => {
  it.each(goodManifests)('take: $name', ({ text }) => {
    const object = JSON.parse(text) as { kind: string }
    expect(checks.get(object.kind)?.(object)).toBe(true)
  })

  it('mark a field that does not exist, at any depth', () => {
    const step = { name: 'a', image: 'b', commands: ['c'], dependson: ['x'] }
    const object = {
      apiVersion: 'c8s.dev/v1alpha1',
      kind: 'PipelineConfig',
      metadata: {},
      spec: { repository: 'https://h', steps: [step] },
    }
    const check = checks.get('PipelineConfig')
    expect(check?.(object)).toBe(false)
    expect(check?.errors).toMatchObject([
      { instancePath: '/spec/steps/0', params: { additionalProperty: 'dependson' } },
    ])
  })

  it('have one for .c8s.yaml', () => {
    const check = ajv.compile(renderFileSchema())
    const file = { version: 'v1alpha1', name: 'a', steps: [{ name: 'a', image: 'b', commands: ['c'] }] }
    expect([check(file), check({ ...file, repository: 'https://h' })]).toEqual([true, false])
  })
})
