import { anything, array, assert, dictionary, property, record, string, uniqueArray } from 'fast-check'
import jsonpatch from 'jsonpatch'
import { expect, test } from 'vitest'
import { diffObjects } from './patch.ts'

/** By another library than the one that makes the patch. */
const apply = (sent: object, wanted: object) =>
  jsonpatch.apply_patch(structuredClone(sent), structuredClone(diffObjects(sent, wanted)))

test('what is the same needs no patch', () => {
  const object = { spec: { list: [{ name: 'a' }, 2] } }
  expect(diffObjects(object, object)).toEqual([])
  expect(diffObjects(object, structuredClone(object))).toEqual([])
})

test('an item put first leaves the others where they are', () => {
  const sent = { list: [{ name: 'a', env: [{ name: 'X', value: '1' }] }] }
  const wanted = {
    list: [
      { name: 'new' },
      {
        name: 'a',
        env: [
          { name: 'C', value: '0' },
          { name: 'X', value: '1' },
        ],
      },
    ],
  }
  expect(diffObjects(sent, wanted)).toEqual([
    { op: 'add', path: '/list/0', value: { name: 'new' } },
    { op: 'add', path: '/list/1/env/0', value: { name: 'C', value: '0' } },
  ])
})

test('a list of texts is replaced whole', () => {
  expect(diffObjects({ args: ['a', 'b'] }, { args: ['c', 'a', 'b'] })).toEqual([
    { op: 'replace', path: '/args', value: ['c', 'a', 'b'] },
  ])
})

test('keys with slashes and tildes keep their meaning', () => {
  expect(apply({ labels: {} }, { labels: { 'c8s.dev/a~b': 'x' } })).toEqual({ labels: { 'c8s.dev/a~b': 'x' } })
})

const named = uniqueArray(record({ name: string(), value: string() }), { selector: ({ name }) => name, maxLength: 6 })
const key = string({ minLength: 1 }).filter((text) => text !== '__proto__')

test('the patch leads from the one to the other, lists of named items', () => {
  assert(
    property(named, named, (sent, wanted) => {
      expect(apply({ list: sent }, { list: wanted })).toEqual({ list: wanted })
    }),
  )
})

test('the patch leads from the one to the other, any object', () => {
  const json = dictionary(key, array(anything({ maxDepth: 2, key, withNullPrototype: false }), { maxLength: 3 })).map(
    (value) => JSON.parse(JSON.stringify(value)) as object,
  )
  assert(
    property(json, json, (sent, wanted) => {
      expect(apply(sent, wanted)).toEqual(wanted)
    }),
  )
})
