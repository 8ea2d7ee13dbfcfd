import { expect, test } from 'vitest'
import { findLostFields } from './downgrade.ts'

const text = { type: 'string' }
const of = (properties: Readonly<Record<string, object>>) => ({ type: 'object', properties })

test.each([
  ['the same', of({ a: text }), of({ a: text }), []],
  ['a field more: an upgrade', of({ a: text }), of({ a: text, b: text }), []],
  ['a field less', of({ a: text, b: text }), of({ a: text }), ['.b']],
  [
    'a field less in a list of objects',
    of({ a: { items: of({ b: text }) } }),
    of({ a: { items: of({}) } }),
    ['.a[].b'],
  ],
  [
    'a field less in the values of a map',
    of({ a: { additionalProperties: of({ b: text }) } }),
    of({ a: { additionalProperties: of({ c: text }) } }),
    ['.a{}.b'],
  ],
  ['a whole version less', of({ a: text }), undefined, ['']],
  ['a map of any values', { additionalProperties: true }, { additionalProperties: true }, []],
] as const)('%s', (...[, served, given, lost]) => {
  expect(findLostFields(served, given)).toEqual(lost)
})
