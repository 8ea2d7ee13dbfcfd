import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { isRecord } from '../../crds/inspect.ts'
import { toDefinitionsFile } from './definitions.ts'

const read = (file: string) =>
  parseAllDocuments(readFileSync(join(import.meta.dirname, '..', file), 'utf8')).map(
    (document) => document.toJS() as { kind: string; spec: { versions: readonly Record<string, unknown>[] } },
  )

test.each([
  ['v1.28.15', 'crds-1.28.yaml'],
  ['v1.29.0-eks-1234', 'crds-1.28.yaml'],
  ['v1.30.0', 'crds.yaml'],
  ['v1.34.4+k3s1', 'crds.yaml'],
  ['v2.0.0', 'crds.yaml'],
])('%s gets %s', (version, file) => {
  expect(toDefinitionsFile(version)).toBe(file)
})

test('those for 1.28 say the same, but for what it refuses, and what a policy says elsewhere', () => {
  const [, run] = read('crds-1.28.yaml')
  const without = read('crds.yaml')
    .filter(({ kind }) => kind === 'CustomResourceDefinition')
    .map(({ spec, ...rest }) => ({
      ...rest,
      spec: { ...spec, versions: spec.versions.map((version) => ({ ...version, selectableFields: undefined })) },
    }))
  expect(read('crds-1.28.yaml').map(omitChangeRules)).toEqual(without)
  expect(omitChangeRules(run)).not.toEqual(run)
})

/** The rules of run-changes.ts are the only ones of a spec that look at what was. */
function omitChangeRules(definition: unknown): unknown {
  return JSON.parse(JSON.stringify(definition), (key, value: unknown) => {
    if (key !== 'spec' || !isRecord(value) || value['type'] !== 'object') return value
    const rules = value['x-kubernetes-validations']
    if (!Array.isArray(rules)) return value
    const kept = rules.filter((each: { readonly rule: string }) => !each.rule.includes('oldSelf'))
    return { ...value, 'x-kubernetes-validations': kept }
  })
}
