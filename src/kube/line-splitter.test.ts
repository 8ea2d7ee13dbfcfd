import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const chunks: Buffer[] = []
  let start = 0
  for (const size of [...sizes, bytes.length]) {
    chunks.push(bytes.subarray(start, start + size))
    start += size
  }
  return chunks
}

it('gives the same lines for any chunking, characters of several bytes included', () => {
  const text = fc.string({ unit: 'grapheme' }).filter((line) => !line.includes('\n') && line.trim() !== '')
  fc.assert(
    fc.property(fc.array(text), fc.array(fc.integer({ min: 0, max: 5 })), (lines, sizes) => {
      const splitter = new LineSplitter()
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
      expect(cut(bytes, sizes).flatMap((chunk) => splitter.push(chunk))).toEqual(lines)
      expect(splitter.pendingBytes).toBe(0)
    }),
  )
})

it('tells how much of an unfinished line it holds', () => {
  const splitter = new LineSplitter()
  expect(splitter.push(Buffer.from('{"a":1}\n{"b":'))).toEqual(['{"a":1}'])
  expect(splitter.pendingBytes).toBe(5)
})

it('refuses a line without an end', () => {
  const splitter = new LineSplitter()
  const chunk = Buffer.alloc(8 * 1024 * 1024, 'x')
  expect(() => [1, 2, 3, 4, 5].map(() => splitter.push(chunk))).toThrow(RangeError)
})
