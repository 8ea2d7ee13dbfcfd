import { describe, expect, it } from 'vitest'
import { renderError } from '../../src/lib/field-error.ts'
import type { Matrix } from '../parts/matrix.ts'
import type { Step } from '../parts/step.ts'
import type { PipelineSpec } from '../pipeline-config.ts'
import { matrixRules } from './matrix.ts'

const values = (count: number, length = 1) =>
  Array.from({ length: count }, (_, index) => `${index}`.padStart(length, 'v'))
const step = (name: string, matrix?: Matrix): Step => ({
  name,
  image: 'i',
  commands: ['c'],
  ...(matrix === undefined ? {} : { matrix }),
})
const judge = (spec: Partial<PipelineSpec>) =>
  matrixRules
    .flatMap((rule) => rule({ repository: 'https://git.example/r', steps: [step('a')], ...spec }, 'spec'))
    .map(renderError)
const ofStep = (matrix: Matrix) => judge({ steps: [step('a', matrix)] })
const manySteps = (count: number, matrix: Matrix) =>
  Array.from({ length: count }, (_, index) => step(`s${index}`, matrix))

describe('a good matrix', () => {
  it.each<[string, Partial<PipelineSpec>]>([
    ['of the pipeline', { matrix: { dimensions: { node: ['22', '24'], os: ['a'] }, exclude: [{ node: '22' }] } }],
    ['of a step', { steps: [step('a', { dimensions: { node: values(256) } })] }],
    ['of a step of finally', { finally: [step('z', { dimensions: { node: ['22'] } })] }],
    [
      'of both',
      { matrix: { dimensions: { node: values(16) } }, steps: [step('a', { dimensions: { os: values(16) } })] },
    ],
    [
      'with what is included alone',
      { matrix: { dimensions: { a: ['1'] }, include: [{ a: '2' }], exclude: [{ a: '1' }] } },
    ],
    ['of a thousand legs', { steps: manySteps(4, { dimensions: { a: values(250) } }) }],
    [
      'of a thousand legs and twenty',
      {
        steps: manySteps(4, { dimensions: { a: values(250) } }),
        finally: [step('z', { dimensions: { a: values(20) } })],
      },
    ],
  ])('%s is let alone', (_, spec) => {
    expect(judge(spec)).toEqual([])
  })
})

describe('a matrix is refused', () => {
  it.each<[string, Matrix, string]>([
    ['without dimensions', {}, 'dimensions: Required: a matrix must have at least one dimension'],
    [
      'with a name that no variable could have',
      { dimensions: { Node: ['22'] } },
      'dimensions.Node: Invalid: "Node" is not a name of lower-case letters, digits and dashes',
    ],
    [
      'with a name of the prototype',
      JSON.parse('{"dimensions":{"__proto__":["x"]}}') as Matrix,
      'dimensions.__proto__: Invalid: "__proto__" is not a name of lower-case letters, digits and dashes',
    ],
    [
      'with more combinations than are allowed',
      { dimensions: { a: values(16), b: values(17) } },
      'dimensions: TooLarge: makes 272 combinations, at most 256 are allowed',
    ],
    [
      'with far more',
      { dimensions: { a: values(256), b: values(256), c: values(256) } },
      'dimensions: TooLarge: makes 16777216 combinations, at most 256 are allowed',
    ],
    [
      'with more once they are included',
      { dimensions: { a: values(256) }, include: [{ a: 'x' }] },
      ': TooLarge: makes 257 legs; at most 256 are allowed',
    ],
    [
      'that includes a part',
      { dimensions: { a: ['1'], b: ['1'] }, include: [{ a: '2' }] },
      'include[0]: Required: must name every dimension: b is missing',
    ],
    [
      'that includes what it does not have',
      { dimensions: { node: ['1'] }, include: [{ node: '2', nod: '1' }] },
      'include[0].nod: Invalid: there is no dimension "nod" (did you mean node?)',
    ],
    [
      'that excludes nothing in particular',
      { dimensions: { a: ['1', '2'] }, exclude: [{}] },
      'exclude[0]: Required: must name at least one dimension',
    ],
    [
      'that excludes a value it does not have',
      { dimensions: { go: ['1'] }, exclude: [{ go: '2' }] },
      'exclude[0].go: Invalid: "2" is no value of the dimension "go"',
    ],
    [
      'that leaves nothing',
      { dimensions: { go: ['1'] }, exclude: [{ go: '1' }] },
      'exclude: Invalid: leaves no combination: the step would have nothing to run',
    ],
    [
      'with a NUL character',
      { dimensions: { a: ['x\0y'] } },
      'dimensions.a[0]: Invalid: holds a NUL character, which no process can be given',
    ],
  ])('%s', (_, matrix, message) => {
    const at = (place: string) => `${place}${message.startsWith(':') ? '' : '.'}${message}`
    expect(ofStep(matrix)).toContain(at('spec.steps[0].matrix'))
    expect(judge({ finally: [step('z', matrix)] })).toContain(at('spec.finally[0].matrix'))
    expect(judge({ matrix })).toContain(at('spec.matrix'))
  })

  it("that has a dimension of the pipeline's", () => {
    const matrix = { dimensions: { node: ['22'] } }
    expect(judge({ matrix, steps: [step('a', matrix)] })).toEqual([
      'spec.steps[0].matrix.dimensions.node: Duplicate: "node" is a dimension of the pipeline\'s matrix already',
    ])
    expect(judge({ matrix, finally: [step('z', matrix)] })).toEqual([])
  })

  it("that makes too many legs with the pipeline's", () => {
    const spec = { matrix: { dimensions: { a: values(20) } }, steps: [step('s', { dimensions: { b: values(20) } })] }
    expect(judge(spec)).toEqual([
      "spec.steps[0].matrix: TooLarge: makes 400 legs, 20 for each of the 20 combinations of the pipeline's matrix; at most 256 are allowed",
    ])
  })

  it('whose legs are too many for a run', () => {
    const hint = ' (give fewer values, or exclude combinations)'
    expect(judge({ steps: manySteps(5, { dimensions: { a: values(250) } }) })).toEqual([
      `spec.steps: TooLarge: a run would have 1250 steps, each leg of a matrix counted; at most 1000 are allowed${hint}`,
    ])
    const last = {
      steps: manySteps(4, { dimensions: { a: values(250) } }),
      finally: [step('z', { dimensions: { a: values(21) } })],
    }
    expect(judge(last)).toEqual([
      `spec.steps: TooLarge: a run would have 1021 steps, each leg of a matrix counted; at most 1020 are allowed${hint}`,
    ])
  })

  it('whose legs take too much room', () => {
    const [error = ''] = ofStep({
      dimensions: { a: values(256, 256), b: ['x'.repeat(256)], c: ['y'.repeat(256)], d: ['z'.repeat(256)] },
    })
    expect(error).toMatch(/^spec\.steps: TooLarge: the legs of the matrices take \d+ bytes in a run, at most 196608/)
  })

  it('with more dimensions than a leg has room for', () => {
    const dimensions = (prefix: string, count: number) =>
      Object.fromEntries(values(count).map((name) => [`${prefix}${name}`, ['x']]))
    const spec = { matrix: { dimensions: dimensions('a', 9) }, steps: [step('s', { dimensions: dimensions('b', 8) })] }
    expect(judge(spec)).toEqual([
      "spec.steps[0].matrix.dimensions: TooLarge: a step can have 16 dimensions, with those of the pipeline's matrix; here are 17",
    ])
  })

  it('within a second, however hostile it is', () => {
    const exclude = Array.from({ length: 256 }, () => ({ a: '1', b: '1' }))
    const include = Array.from({ length: 256 }, (_, index) => ({ a: `${index}`, b: 'x' }))
    const steps = manySteps(1000, { dimensions: { a: values(16), b: values(16) }, exclude, include })
    const start = performance.now()
    expect(judge({ steps })).toContain(
      'spec.steps: TooLarge: the matrices make 256000 combinations before anything is excluded, at most 16000 are allowed',
    )
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})
