import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { PipelineRun } from '../../crds/kinds.ts'
import { type PreviewFacts, previewRun } from '../../src/engine/preview/preview.ts'
import { renderText } from '../../src/engine/preview/render-text.ts'
import { renderWarnings } from '../../src/engine/preview/render-warnings.ts'

/** `<case>/input.yaml` (a run with its plan; what else is known) → what a dry run answers: its warnings, then the annotation. */
const root = join(import.meta.dirname, 'preview')

test.each(readdirSync(root))('%s', async (name) => {
  const documents = parseAllDocuments(readFileSync(join(root, name, 'input.yaml'), 'utf8'))
  const [run, known] = documents.map((document) => document.toJS() as unknown)
  const facts = { run: run as PipelineRun, quotas: [], ...(known as Partial<PreviewFacts> | null) }
  const preview = previewRun(facts)
  if (preview === undefined) throw new Error('a run with a plan is wanted')
  const lines = renderWarnings(preview)
  expect(lines.filter((line) => Buffer.byteLength(line) > 255)).toEqual([])
  const text = `${lines.map((line) => `Warning: ${line}`).join('\n')}\n\n${renderText(preview)}`
  await expect(text).toMatchFileSnapshot(join(root, name, 'result.txt'))
})
