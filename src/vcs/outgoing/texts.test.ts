import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePart, encodePath } from './conversation.ts'
import { toKey, toLine } from './texts.ts'
import { toStamp } from './webhooks.ts'

test.each([
  ['short', 5, 'short'],
  ['longer', 5, 'long…'],
  ['two\nlines\t and\u2028three ', 40, 'two lines and three'],
  ['👩‍🚀👩‍🚀', 3, '👩‍…'],
  ['', 5, ''],
])('%j is a line of at most %i', (text, longest, wanted) => {
  expect(toLine(text, longest)).toBe(wanted)
})

test('a key keeps to its limit, and different texts stay different', () => {
  const text = fc.string({ minLength: 1, maxLength: 120 })
  fc.assert(
    fc.property(text, text, (one, other) => {
      expect(toKey(one, 40).length).toBeLessThanOrEqual(40)
      expect(toKey(one, 40) === toKey(other, 40)).toBe(one === other)
    }),
  )
})

test('no part of a path becomes more than one, or a step upwards', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (part) => {
      const { pathname, search, hash } = new URL(`https://h/a/${encodePart(part)}x/b`)
      expect(pathname.split('/')).toHaveLength(4)
      expect(search + hash).toBe('')
      expect(decodeURIComponent(pathname.split('/')[2] ?? '')).toBe(`${part}x`)
    }),
  )
})

test.each([
  ['..', '%2E%2E'],
  ['.', '%2E'],
  ['a b', 'a%20b'],
  ['a/b', 'a%2Fb'],
  ['a?b#c', 'a%3Fb%23c'],
  ['{id}', '%7Bid%7D'],
])('%s is the part %s', (text, wanted) => {
  expect(encodePart(text)).toBe(wanted)
})

test('slashes of a file stay', () => {
  expect(encodePath('.c8s/a b.yaml')).toBe('.c8s/a%20b.yaml')
})

test('a stamp tells secrets apart and shows neither', () => {
  expect(toStamp('s2')).toMatch(/^[0-9a-f]{8}$/)
  expect(toStamp('s2')).toBe(toStamp('s2'))
  expect(toStamp('s2')).not.toBe(toStamp('s1'))
})
