import { expect, test } from 'vitest'
import { createValidators } from '../../../crds/validate.ts'
import { findFindings } from '../../../src/cli/findings.ts'
import { breakPipeline, pipelinePath, readPushedFiles } from './pushed-files.ts'

const image = `registry:5000/busybox@sha256:${'0'.repeat(64)}`
const files = readPushedFiles({ busybox: image })
const pipeline = files[pipelinePath] ?? ''
const findErrors = (text: string) =>
  findFindings(pipelinePath, text, createValidators()).filter(({ level }) => level === 'error')

test('the pushed pipeline is valid and runs in images of the registry', () => {
  expect(findErrors(pipeline)).toEqual([])
  expect(pipeline.split(`image: ${image}\n`)).toHaveLength(3)
  expect(Object.keys(files).sort()).toEqual([pipelinePath, 'greet.sh', 'test.sh'])
})

test('the broken one has one mistake, on the line that is said', () => {
  const { text, line } = breakPipeline(pipeline)
  expect(text.split('\n')[line - 1]?.trim()).toBe('dependsOn: [lnit]')
  expect(findErrors(text)).toMatchObject([{ line, text: expect.stringContaining('lnit') }])
})
