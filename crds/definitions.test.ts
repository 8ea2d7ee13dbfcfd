import { describe, expect, it } from 'vitest'
import { kindDefinitions, renderDefinition } from './definitions.ts'
import { apiVersion, group } from './labels.ts'

/** What of a CRD is public at a glance; a change here is a change for every user. */
const table = kindDefinitions.map(({ kind, shortNames, columns }) => ({
  kind,
  shortNames: shortNames.join(' '),
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
        columns: 'Repository | Ready | Runs | Last Run | Age',
        wide: 'Reason | Success',
      },
      {
        kind: 'PipelineRun',
        shortNames: 'pr c8spr',
        columns: 'Status | Reason | Steps | Queue | Pipeline | Commit | Age',
        wide: 'Branch | Triggered-By | Ended | Message | Compacted',
      },
      {
        kind: 'RepositoryConnection',
        shortNames: 'rc c8src',
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
        names: { categories: ['c8s'], listKind: `${definition.kind}List` },
        versions: [{ name: apiVersion.split('/')[1], served: true, storage: true, subresources: { status: {} } }],
      },
    })
  })
})
