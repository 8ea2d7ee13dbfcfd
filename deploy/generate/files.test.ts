import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { keptAnnotations } from '../../crds/kept.ts'
import { generatedFiles } from './files.ts'
import { renderTable } from './markdown.ts'

const root = join(import.meta.dirname, '../..')
const definitions = generatedFiles.filter(({ path }) => path.startsWith('crds/yaml/'))

describe('the generated files', () => {
  it.each(generatedFiles)('$path is what its source says', ({ path, render }) => {
    expect(existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '(missing)').toBe(render())
  })

  it('have a path of their own each', () => {
    expect(new Set(generatedFiles.map(({ path }) => path)).size).toBe(generatedFiles.length)
  })
})

describe('the definitions', () => {
  // kubectl apply on the client writes the object as JSON into an annotation, and all annotations may take 256 KiB.
  it.each(definitions)('$path is under 200 KB, as YAML and as JSON', ({ render }) => {
    const text = render()
    const json = JSON.stringify(parseAllDocuments(text).map((document) => document.toJS() as unknown))
    expect(Math.max(text.length, json.length)).toBeLessThan(200_000)
  })

  it('are the same in deploy/crds.yaml', () => {
    const all = generatedFiles.find(({ path }) => path === 'deploy/crds.yaml')?.render() ?? ''
    const found = parseAllDocuments(all).map((document) => (document.toJS() as { metadata: object }).metadata)
    const marks = { labels: { 'app.kubernetes.io/part-of': 'c8s' }, annotations: keptAnnotations }
    expect(found).toEqual([
      { name: 'pipelineconfigs.c8s.dev', ...marks },
      { name: 'pipelineruns.c8s.dev', ...marks },
      { name: 'repositoryconnections.c8s.dev', ...marks },
      { name: 'c8s-run-changes', ...marks },
      { name: 'c8s-run-changes', ...marks },
    ])
  })
})

describe('renderTable', () => {
  it('has columns of one width and no bar or line break in a cell', () => {
    expect(renderTable(['a', 'b'], [['long', 'x|y\nz']])).toBe(
      ['| a    | b      |', '| ---- | ------ |', '| long | x\\|y z |'].join('\n'),
    )
  })
})
