import { describe, expect, it } from 'vitest'
import { kindDefinitions, renderDefinition } from './definitions.ts'
import { apiVersion, group } from './labels.ts'

/** What of a CRD is public at a glance; a change here is a change for every user. */
const table = kindDefinitions.map(({ kind, shortNames, columns, categories, selectable }) => ({
  kind,
  shortNames: shortNames.join(' '),
  categories: categories.join(' '),
  selectable: selectable.join(' '),
  columns: columns
    .filter(({ isWide }) => isWide !== true)
    .map(({ name }) => name)
    .join(' | '),
  wide: columns
    .filter(({ isWide }) => isWide === true)
    .map(({ name }) => name)
    .join(' | '),
}))

describe('the kinds', () => {
  it('have these names and columns', () => {
    expect(table).toEqual([
      {
        kind: 'PipelineConfig',
        shortNames: 'pc c8spc',
        categories: 'all',
        selectable: '.spec.repository',
        columns: 'Repository | Ready | Runs | Last Run | Age',
        wide: 'Reason | Success',
      },
      {
        kind: 'PipelineRun',
        shortNames: 'pr c8spr',
        categories: 'all ci',
        selectable: '.spec.pipelineConfigRef .spec.branch .spec.commit .status.phase .status.reason',
        columns: 'Status | Reason | Steps | Queue | Pipeline | Commit | Age',
        wide: 'Branch | Triggered-By | Ended | Message | Compacted',
      },
      {
        kind: 'RepositoryConnection',
        shortNames: 'rc c8src',
        categories: '',
        selectable: '.spec.repository .spec.pipelineConfigRef',
        columns: 'Repository | Provider | Ready | Last Delivery | Age',
        wide: 'Config | Webhook | Reason',
      },
    ])
  })

  it.each(kindDefinitions)('$kind is served as $plural with a status subresource', (definition) => {
    expect(renderDefinition(definition)).toMatchObject({
      metadata: { name: `${definition.plural}.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { categories: ['c8s', ...definition.categories], listKind: `${definition.kind}List` },
        versions: [{ name: apiVersion.split('/')[1], served: true, storage: true, subresources: { status: {} } }],
      },
    })
  })

  it.each(kindDefinitions)('$kind can be applied client-side: as JSON it fits into an annotation', (definition) => {
    // 256 KiB for all annotations of an object (k8s.io/apimachinery); `kubectl apply` puts the whole object into one.
    expect(Buffer.byteLength(JSON.stringify(renderDefinition(definition)))).toBeLessThan(262_144 - 32_768)
  })

  it.each(kindDefinitions)(
    '$kind has no more selectable fields than the API server takes, and each is in its schema',
    (definition) => {
      expect(definition.selectable.length).toBeLessThanOrEqual(8)
      for (const path of definition.selectable) {
        const names = path.slice(1).split('.')
        const node = names.reduce<unknown>(
          (at, name) => (at as { properties?: Record<string, unknown> } | undefined)?.properties?.[name],
          definition.schema,
        )
        expect(node, path).toMatchObject({ type: 'string' })
      }
    },
  )
})
