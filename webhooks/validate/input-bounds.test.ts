import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { annotations } from '../../crds/labels.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, seed } from '../../test/helpers/admission.ts'
import { aConfig, anInlineRun, aRun } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
/** The API server waits for five seconds, and everybody else's writes wait behind it. In milliseconds. */
const longEnough = 4000

const step = { name: 'a', image: 'i', commands: ['c'] }
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index))
const dimensions = (count: number) => Object.fromEntries(many(count, (index) => [`d${index}`, ['x']]))

/** It begins right after the answer. */
async function whatIsJudgedAhead() {
  for (let turn = 0; turn < 5; turn++) await setImmediate()
}

/** What the schema would refuse, had it been asked: the mutating webhook comes first. */
const monsters: readonly (readonly [string, Partial<PipelineSpec>])[] = [
  ['dimensions', { matrix: { dimensions: dimensions(40_000) } }],
  ['dimensions with legs', { matrix: { dimensions: { ...dimensions(20_000), many: many(256, String) } } }],
  [
    'included values',
    {
      matrix: {
        dimensions: { a: many(250, String) },
        include: [Object.fromEntries(many(30_000, (i) => [`d${i}`, 'x']))],
      },
    },
  ],
  [
    'conditions',
    {
      params: [{ name: 'a', default: 'a'.repeat(4096) }],
      steps: many(20_000, (index) => ({
        ...step,
        name: `s${index}`,
        conditional: { when: `params.a.glob("*a*a*a*a*b${index}")` },
      })),
    },
  ],
  ['a group', { concurrency: { group: '{pipeline}'.repeat(200_000) } }],
  [
    'fillings',
    { params: [{ name: 'a', default: 'a'.repeat(4096) }], steps: [{ ...step, image: '$(params.a)'.repeat(100_000) }] },
  ],
]

for (const dryRun of [false, true]) {
  test.each(monsters)(`too many %s are not looked at, dry run: ${dryRun}`, async (_, pipeline) => {
    const admission = createTestAdmission(new FakeKube())
    const object = anInlineRun(pipeline)
    const began = performance.now()
    const answered = await admission.mutate({ type, object, dryRun })
    await whatIsJudgedAhead()
    expect(performance.now() - began).toBeLessThan(longEnough)
    expect([answered.response.allowed, admission.faults, answered.object]).toEqual([true, [], object])
    const told = await admission.validate({ type, object: anInlineRun({ matrix: { dimensions: dimensions(17) } }) })
    expect(told.allowed).toBe(false)
  })
}

test.each(monsters)('nor are those of a config, though its author is noted: %s', async (_, pipeline) => {
  const admission = createTestAdmission(new FakeKube())
  const began = performance.now()
  const { object } = await admission.mutate({ type: resourceTypes.pipelineConfig, object: aConfig(pipeline) })
  await whatIsJudgedAhead()
  expect(performance.now() - began).toBeLessThan(longEnough)
  expect(object.metadata.annotations?.[annotations.author]).toContain('"dev"')
})

test('nor are params and combinations that no run can give', async () => {
  const kube = new FakeKube()
  const matrix = { dimensions: { a: many(200, String) } }
  const when = 'params.a.contains(params.b)'
  const steps = many(500, (index) => ({ ...step, name: `s${index}`, conditional: { when }, image: '$(params.a)' }))
  const params = [
    { name: 'a', default: 'x' },
    { name: 'b', default: 'x' },
  ]
  await seed(kube, aConfig({ params, matrix, steps }))
  const admission = createTestAdmission(kube)
  const given = { a: 'a'.repeat(60_000), b: `b${'a'.repeat(3000)}` }
  const matrixIndex = Object.fromEntries(many(50_000, (index) => [`d${index}`, 'x']))
  const began = performance.now()
  await admission.mutate({ type, object: aRun({ params: given, matrixIndex }), dryRun: true })
  await whatIsJudgedAhead()
  expect(performance.now() - began).toBeLessThan(longEnough)
})

/** What schema and rules take. */
const heavy: readonly (readonly [string, string])[] = [
  ['contains', 'params.a.contains(params.b)'],
  ['glob of a long text', `params.a.glob("*${'a'.repeat(200)}b")`],
  ['glob of many wildcards', `params.a.glob("${'*a'.repeat(10)}b")`],
]

test.each(heavy)('conditions of 1000 steps are judged in time: %s', async (_, when) => {
  const kube = new FakeKube()
  const params = [
    { name: 'a', default: 'a'.repeat(4096) },
    { name: 'b', default: `b${'a'.repeat(2000)}` },
  ]
  const steps = many(1000, (index) => ({ ...step, name: `s${index}`, conditional: { when } }))
  const admission = createTestAdmission(kube)
  const began = performance.now()
  await admission.create({ type, object: anInlineRun({ params, steps }) })
  expect(performance.now() - began).toBeLessThan(longEnough)
})
