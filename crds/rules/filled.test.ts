import { expect, test } from 'vitest'
import type { PipelineSpec } from '../pipeline-config.ts'
import { judgeFilled } from './filled.ts'

const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const repository = 'https://git.test/team/app'

function judge(spec: Omit<PipelineSpec, 'repository'>, params: Readonly<Record<string, string>> = {}) {
  return judgeFilled({ repository, ...spec }, 'spec', { params }).map(({ path, message }) => `${path} ${message}`)
}

const step = { name: 's', image: 'i', commands: ['c'] }

test('a value counts as often as it stands there, in every leg', () => {
  const matrix = { dimensions: { m: ['a', 'bb'] } }
  const env = [{ name: 'E', value: 'x$(matrix.m)$(params.p)$(params.p)' }]
  const p = 'é'.repeat(30_000)
  const each = 1 + 2 * 60_000
  expect(judge({ steps: [{ ...step, matrix, env }] }, { p })).toEqual([])
  const filled = judge({ steps: many(20, (index) => ({ ...step, name: `s${index}`, matrix, env })) }, { p })
  const bytes = 20 * (2 * each + 3)
  expect(filled).toEqual([
    `spec.steps with params and matrix filled in, the steps take ${bytes} bytes; at most 4194304 are allowed`,
  ])
})

test('what stands for nothing stays, and is told by another rule', () => {
  expect(judge({ steps: [{ ...step, image: '$(params.gone)' }] }, { p: 'x' })).toEqual([])
})

test('tens of thousands of placeholders in hundreds of legs are measured in time', () => {
  const began = performance.now()
  const matrix = { dimensions: { m: many(256, String) } }
  const env = many(90, (index) => ({ name: `E${index}`, value: '$(params.p)'.repeat(380) }))
  expect(judge({ steps: [{ ...step, matrix, env }] }, { p: 'x' })).toHaveLength(1)
  expect(performance.now() - began).toBeLessThan(4000)
})
