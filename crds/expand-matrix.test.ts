import * as fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { type Combination, countLegs, expandMatrices, listCombinations, type MatrixSource } from './expand-matrix.ts'
import type { Matrix } from './parts/matrix.ts'
import { labelPattern } from './patterns.ts'

const step = (name: string, matrix?: Matrix): MatrixSource['steps'][number] => ({
  name,
  image: 'busybox',
  commands: ['true'],
  ...(matrix === undefined ? {} : { matrix }),
})
const namesOf = (source: MatrixSource, name: string, only?: Combination) =>
  expandMatrices(source, only)
    .get(name)
    ?.map((leg) => leg.name)

describe('the combinations of a matrix', () => {
  const dimensions = { node: ['22', '24'], os: ['debian', 'alpine', 'ubi'] }

  it('are the product, by the names of the dimensions', () => {
    expect(listCombinations({ dimensions: { os: ['a', 'b'], node: ['1', '2'] } })).toEqual([
      { node: '1', os: 'a' },
      { node: '1', os: 'b' },
      { node: '2', os: 'a' },
      { node: '2', os: 'b' },
    ])
  })

  it('lack all that an exclude names a part of', () => {
    const exclude = [{ os: 'ubi' }, { node: '22', os: 'alpine' }]
    expect(listCombinations({ dimensions, exclude })).toEqual([
      { node: '22', os: 'debian' },
      { node: '24', os: 'debian' },
      { node: '24', os: 'alpine' },
    ])
  })

  it('have what is included, even where it is excluded, and nothing twice', () => {
    const include = [
      { os: 'debian', node: '25' },
      { os: 'alpine', node: '22' },
      { os: 'debian', node: '25' },
    ]
    const all = listCombinations({
      dimensions: { node: ['22'], os: ['debian', 'debian'] },
      include,
      exclude: [{ os: 'alpine' }],
    })
    expect(all).toEqual([
      { node: '22', os: 'debian' },
      { node: '25', os: 'debian' },
      { node: '22', os: 'alpine' },
    ])
  })

  it('are not written down where there are too many', () => {
    const values = Array.from({ length: 200 }, (_, index) => `${index}`)
    expect(listCombinations({ dimensions: { a: values, b: values, c: values } })).toEqual([])
  })
})

describe('the names of legs', () => {
  it('tell the values', () => {
    const test = step('test', { dimensions: { node: ['22'], os: ['debian'] } })
    expect(namesOf({ steps: [test] }, 'test')).toEqual(['test-22-debian'])
  })

  it.each([
    ['1.21', 'test-1-21'],
    ['Debian 13', 'test-debian-13'],
    ['--x--', 'test-x'],
  ])('are made legal: %s', (value, want) => {
    expect(namesOf({ steps: [step('test', { dimensions: { a: [value] } })] }, 'test')).toEqual([want])
  })

  it.each([
    ['two values that look alike', [step('test', { dimensions: { a: ['1.2', '1-2'] } })]],
    ['a value of which nothing is left', [step('test', { dimensions: { a: ['', '!'] } })]],
    ['another step has the name', [step('test', { dimensions: { a: ['x'] } }), step('test-x')]],
    [
      'another leg has the name',
      [step('a', { dimensions: { x: ['b-c'] } }), step('a-b', { dimensions: { x: ['c'] } })],
    ],
    ['long values', [step('test', { dimensions: { a: [`${'x'.repeat(80)}1`, `${'x'.repeat(80)}2`] } })]],
  ])('have a hash where it is needed: %s', (_, steps) => {
    const legs = [...expandMatrices({ steps }).values()].flat().map(({ name }) => name)
    for (const name of legs) expect(name).toMatch(/^[a-z0-9][-a-z0-9]{0,51}-[0-9a-z]{10}$/)
    expect(new Set([...legs, ...steps.map(({ name }) => name)]).size).toBe(legs.length + steps.length)
  })

  it('do not change when a value comes to the matrix', () => {
    const before = namesOf({ steps: [step('t', { dimensions: { a: ['1.2', '3'] } })] }, 't')
    const after = namesOf({ steps: [step('t', { dimensions: { a: ['3', '4', '1.2'] } })] }, 't')
    expect(after).toEqual(expect.arrayContaining(before ?? []))
  })
})

describe("the pipeline's own matrix", () => {
  const matrix = { dimensions: { node: ['22', '24'] } }
  const source = {
    matrix,
    steps: [step('build'), step('test', { dimensions: { os: ['a', 'b'] } })],
    finally: [step('sweep'), step('tell', { dimensions: { to: ['x'] } })],
  }

  it('is multiplied with that of a step, and is not for steps of finally', () => {
    expect(namesOf(source, 'build')).toEqual(['build-22', 'build-24'])
    expect(namesOf(source, 'test')).toEqual(['test-22-a', 'test-22-b', 'test-24-a', 'test-24-b'])
    expect(namesOf(source, 'sweep')).toBeUndefined()
    expect(namesOf(source, 'tell')).toEqual(['tell-x'])
    expect(Object.fromEntries(countLegs(source))).toEqual({ build: 2, test: 4, sweep: 1, tell: 1 })
  })

  it('may be cut down to one combination, under the same names', () => {
    expect(namesOf(source, 'build', { node: '24' })).toEqual(['build-24'])
    expect(namesOf(source, 'test', { node: '24' })).toEqual(['test-24-a', 'test-24-b'])
    expect(namesOf(source, 'build', { node: '26' })).toBeUndefined()
  })
})

const value = fc.oneof(fc.constantFrom('22', '1.2', '1-2', 'A', 'a', '', 'x y'), fc.string({ maxLength: 70 }))
const dimensions = fc.dictionary(
  fc.constantFrom('node', 'os', 'go'),
  fc.uniqueArray(value, { minLength: 1, maxLength: 4 }),
  { minKeys: 1, noNullPrototype: true },
)
const matrix: fc.Arbitrary<Matrix> = dimensions.chain((found) => {
  const pick = fc.record(
    Object.fromEntries(Object.entries(found).map(([name, values]) => [name, fc.constantFrom(...values)])),
  )
  const part = fc.record(
    Object.fromEntries(Object.entries(found).map(([name, values]) => [name, fc.constantFrom(...values)])),
    { requiredKeys: [], noNullPrototype: true },
  )
  const whole = fc.oneof(pick, fc.record(Object.fromEntries(Object.keys(found).map((name) => [name, value]))))
  return fc.record({
    dimensions: fc.constant(found),
    include: fc.array(whole, { maxLength: 4 }),
    exclude: fc.array(part.filter((one) => Object.keys(one).length > 0) as fc.Arbitrary<Record<string, string>>, {
      maxLength: 3,
    }),
  })
})

const isIn = (part: Combination, whole: Combination) => Object.entries(part).every(([name, one]) => whole[name] === one)

test('legs are the product, less what is excluded, and what is included', () => {
  fc.assert(
    fc.property(matrix, (made) => {
      const { dimensions: found = {}, include = [], exclude = [] } = made
      const product = listCombinations({ dimensions: found })
      expect(product).toHaveLength(Object.values(found).reduce((count, values) => count * values.length, 1))
      const kept = product.filter((one) => !exclude.some((part) => isIn(part, one)))
      const added = include.filter((one, index) => {
        const before = [...kept, ...include.slice(0, index)]
        return !before.some((other) => isIn(one, other))
      })
      expect(listCombinations(made)).toHaveLength(kept.length + added.length)
    }),
  )
})

test('all names of a run are legal and its own, and the same again', () => {
  const source = fc.record({
    matrix: fc.option(matrix, { nil: undefined }),
    steps: fc.uniqueArray(
      fc.record({
        name: fc.stringMatching(/^[a-c](-[1-2x])?$/),
        image: fc.constant('i'),
        matrix: fc.option(
          matrix.map(({ dimensions: found = {} }) => ({ dimensions: rename(found) })),
          { nil: undefined },
        ),
      }),
      { minLength: 1, maxLength: 5, selector: ({ name }) => name },
    ),
  })
  fc.assert(
    fc.property(source, (made) => {
      const given = made as unknown as MatrixSource
      const legs = expandMatrices(given)
      const names = given.steps.flatMap(({ name }) => legs.get(name)?.map((leg) => leg.name) ?? [name])
      expect(new Set(names).size).toBe(names.length)
      for (const name of names) {
        expect(name).toMatch(new RegExp(labelPattern))
        expect(name.length).toBeLessThanOrEqual(63)
      }
      const reversed = { ...given, steps: given.steps.toReversed() }
      for (const [name, found] of expandMatrices(reversed)) expect(found).toEqual(legs.get(name))
    }),
  )
})

function rename(found: Readonly<Record<string, string[]>>): Record<string, string[]> {
  return Object.fromEntries(Object.entries(found).map(([name, values]) => [`own-${name}`, values.slice(0, 2)]))
}
