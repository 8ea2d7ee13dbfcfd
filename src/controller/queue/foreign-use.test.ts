import { expect, test } from 'vitest'
import { ForeignUse } from './foreign-use.ts'

const cpu = (amount: bigint) => new Map([['cpu', amount]])

test('only what has been held for long counts', () => {
  const use = new ForeignUse()
  expect(use.note('q', cpu(5n), 0)).toEqual(new Map())
  expect(use.note('q', cpu(3n), 20_000)).toEqual(new Map())
  expect(use.note('q', cpu(9n), 31_000)).toEqual(cpu(3n))
  expect(use.note('q', cpu(2n), 40_000)).toEqual(cpu(2n))
  expect(use.note('q', cpu(9n), 62_000)).toEqual(cpu(2n))
  expect(use.note('q', new Map(), 63_000)).toEqual(new Map())
})
