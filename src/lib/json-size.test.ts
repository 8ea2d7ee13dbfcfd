import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { hasTooManyValues } from './json-size.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test.each([
  ['[1,2,3]', 3, false],
  ['[1,2,3]', 2, true],
  ['[[[]]]', 2, true],
  ['{"a":{},"b":{}}', 4, false],
  ['{"a":{},"b":{}}', 3, true],
  ['["[,{,[,{"]', 1, false],
  ['["\\",[[[[[\\\\",1]', 2, false],
  ['["\\\\",[],[]]', 4, true],
  ['["[[[[[[[[', 1, false],
  ['["[[[[[[[[\\', 1, false],
])('%s against %i: %s', (text, most, isTooMany) => {
  expect(hasTooManyValues(bytes(text), most)).toBe(isTooMany)
})

test('whatever the JSON, what it holds is at most one more than is counted', () => {
  const count = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? 1 + Object.values(value).reduce<number>((sum, each) => sum + count(each), 0)
      : 1
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const json = bytes(JSON.stringify(value))
      expect(count(value)).toBeLessThanOrEqual(countMarks(json) + 1)
    }),
  )
})

function countMarks(json: Uint8Array): number {
  let most = 0
  while (hasTooManyValues(json, most)) most += 1
  return most
}
