import { expect, test } from 'vitest'
import { findInsertion } from './definitions.ts'

test.each([
  ['in the midst', 'a c', 'a b b c', 1, 'b b'],
  ['at the end', 'a c', 'a c d', 2, 'd'],
  ['nothing', 'a c', 'a c', 2, ''],
] as const)('finds what was inserted %s', (...[, common, more, at, lines]) => {
  const split = (text: string) => text.split(' ').filter(Boolean)
  expect(findInsertion(split(common), split(more))).toEqual({ at, lines: split(lines) })
})

test('refuses what differs in two places', () => {
  expect(() => findInsertion(['a', 'c'], ['b', 'a', 'd', 'c'])).toThrow('more than one block')
})
