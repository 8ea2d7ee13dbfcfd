import { describe, expect, test } from 'vitest'
import { isRecord } from '../../crds/inspect.ts'
import { createValidators } from '../../crds/validate.ts'
import { completeManifest, createDocJudge } from '../helpers/doc-manifests.ts'
import { type DocExample, parseExamples, readDocPages } from '../helpers/doc-pages.ts'

const pages = readDocPages().map((page) => ({ path: page.path, examples: parseExamples(page) }))
const withExamples = pages.filter(({ examples }) => examples.length > 0)
const isFile = (document: unknown) => isRecord(document) && document['version'] !== undefined

test('there are examples of each kind', () => {
  const documents = withExamples.flatMap(({ examples }) => examples.flatMap((example) => example.documents))
  const kinds = new Set(documents.map((document) => completeManifest(document).kind))
  for (const kind of ['PipelineConfig', 'PipelineRun', 'RepositoryConnection', 'Job']) expect(kinds).toContain(kind)
})

describe.each(withExamples)('$path', ({ examples }) => {
  const objects = examples.flatMap(({ documents, refused }) =>
    refused === undefined ? documents.filter((document) => !isFile(document)).map(completeManifest) : [],
  )
  const judge = createDocJudge(objects)
  const validators = createValidators()

  /** What c8s says about every document of an example. */
  function listFindings({ documents }: DocExample) {
    return documents.map((document) => {
      if (isFile(document)) return validators.validateRepositoryFile(document)
      const decision = judge(completeManifest(document))
      if (decision === undefined) return { errors: [], warnings: [] }
      return { errors: decision.allowed ? [] : decision.errors, warnings: decision.warnings }
    })
  }

  const good = examples.filter(({ refused, warned }) => refused === undefined && warned === undefined)
  const odd = examples.filter(({ warned }) => warned !== undefined)
  const bad = examples.filter(({ refused }) => refused !== undefined)

  if (good.length > 0) {
    test.each(good)('the example at $place is accepted without a word', (example) => {
      for (const findings of listFindings(example)) expect(findings).toEqual({ errors: [], warnings: [] })
    })
  }
  if (odd.length > 0) {
    test.each(odd)('the example at $place is accepted with the warning $warned', (example) => {
      const findings = listFindings(example)
      expect(findings.flatMap(({ errors }) => errors)).toEqual([])
      const warnings = findings.flatMap((finding): readonly unknown[] => finding.warnings)
      expect(warnings.join('\n')).toContain(`${example.warned}: `)
    })
  }
  if (bad.length > 0) {
    test.each(bad)('the example at $place is refused with $refused', (example) => {
      const codes = listFindings(example).flatMap(({ errors }) => errors.map(({ code }) => code))
      expect(new Set(codes)).toEqual(new Set([example.refused]))
    })
  }
})
