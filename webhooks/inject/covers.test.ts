import { assert, jsonValue, property } from 'fast-check'
import { expect, test } from 'vitest'
import { covers } from './covers.ts'

test.each<[string, unknown, unknown, boolean]>([
  ['the same', { a: [1, 'x'] }, { a: [1, 'x'] }, true],
  ['more fields than wanted', { a: 1, b: 2 }, { a: 1 }, true],
  ['fewer fields than wanted', { a: 1 }, { a: 1, b: 2 }, false],
  ['a field that nobody minds', { a: 1 }, { a: undefined }, true],
  ['another value', { a: 1 }, { a: 2 }, false],
  ['texts are not numbers', { a: '1' }, { a: 1 }, false],
  ['lists of other lengths', ['a', 'b'], ['a'], false],
  ['lists in another order', ['a', 'b'], ['b', 'a'], false],
  ['named items among others', [{ name: 'x' }, { name: 'a', v: 1, more: 2 }], [{ name: 'a', v: 1 }], true],
  ['a named item that is gone', [{ name: 'x' }], [{ name: 'a' }], false],
  ['a named item that changed', [{ name: 'a', v: 2 }], [{ name: 'a', v: 1 }], false],
  ['quantities in another form', { limits: { cpu: '1' } }, { limits: { cpu: '1000m' } }, true],
  ['quantities of another size', { limits: { cpu: '2' } }, { limits: { cpu: '1000m' } }, false],
  ['a quantity that is gone', { limits: {} }, { limits: { cpu: '1' } }, false],
  ['texts that look like quantities', { args: ['1000m'] }, { args: ['1'] }, false],
  ['a field of the prototype', {}, { toString: {} }, false],
])('%s', (...[, stored, wanted, want]) => {
  expect(covers(stored, wanted)).toBe(want)
})

test('everything covers itself', () => {
  assert(property(jsonValue(), (value) => covers(value, structuredClone(value))))
})
