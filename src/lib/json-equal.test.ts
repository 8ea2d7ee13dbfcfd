import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isSameJson } from './json-equal.ts'

describe('isSameJson', () => {
  it.each([
    [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
    [[1, 2], [2, 1], false],
    [{ a: 1 }, { a: 1, b: undefined }, false],
    [{ a: undefined }, {}, false],
    [[], {}, false],
    [null, {}, false],
    ['1', 1, false],
    [{ toString: 1 }, {}, false],
    [undefined, undefined, true],
    [-0, 0, true],
  ])('%j and %j: %s', (a, b, want) => {
    expect(isSameJson(a, b)).toBe(want)
    expect(isSameJson(b, a)).toBe(want)
  })

  it('agrees with the text of any value and its copy', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        expect(isSameJson(a, structuredClone(a))).toBe(true)
        if (JSON.stringify(a) === JSON.stringify(b)) expect(isSameJson(a, b)).toBe(true)
      }),
    )
  })
})
