import { expect, test } from 'vitest'
import { isRecord } from '../../crds/inspect.ts'
import { policyDocument } from '../../crds/policy/document.ts'
import { readPolicy } from '../../crds/policy/read.ts'
import { toNode } from '../../crds/schema.ts'
import type { ConfigMap } from '../../src/lib/kubernetes.ts'
import { parseExamples, readDocPage, readTable } from '../helpers/doc-pages.ts'

const page = readDocPage('docs/policies.md')
const documents = parseExamples(page).flatMap((example) => example.documents)
const configMaps = documents.filter((one) => isRecord(one) && one['kind'] === 'ConfigMap') as unknown as ConfigMap[]

test('there are policies on the page', () => expect(configMaps.length).toBeGreaterThan(1))

test.each(configMaps.map((configMap) => ({ name: configMap.metadata.labels?.['c8s.dev/policy'] ?? '', configMap })))(
  'the policy $name of the page can be used',
  ({ name, configMap }) => {
    expect(readPolicy(name, [configMap])).toMatchObject({ kind: 'usable' })
    expect(configMap.metadata.namespace).toBe('c8s-system')
  },
)

test('the page lists every field, and no other', () => {
  const listed = readTable(page, ['field', 'meaning']).map(([field = '']) => field)
  expect(listed.toSorted()).toEqual(Object.keys(toNode(policyDocument).properties ?? {}).toSorted())
})
