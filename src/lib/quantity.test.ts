import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addQuantities, compareQuantities, formatQuantity, parseQuantity } from './quantity.ts'

const nano = 1_000_000_000n

describe('parseQuantity', () => {
  it.each([
    ['0', 0n],
    ['1', nano],
    ['500m', nano / 2n],
    ['0.5', nano / 2n],
    ['.5', nano / 2n],
    ['5.', 5n * nano],
    ['+3', 3n * nano],
    ['-3', -3n * nano],
    ['1e3', 1000n * nano],
    ['1E3', 1000n * nano],
    ['1E', 10n ** 18n * nano],
    ['1.5e-3', nano / 1000n + nano / 2000n],
    ['2k', 2000n * nano],
    ['1M', 10n ** 6n * nano],
    ['1Ki', 1024n * nano],
    ['0.1Ki', 102n * nano + (nano * 4n) / 10n],
    ['1.5Gi', 1610612736n * nano],
    ['8Ei', (2n ** 63n - 1n) * nano],
    ['1n', 1n],
    ['1u', 1000n],
    ['0.0000000001', 1n],
    ['1e-30', 1n],
    ['1e999999999', (2n ** 63n - 1n) * nano],
    ['0e999999999', 0n],
  ])('%s', (text, want) => {
    expect(parseQuantity(text)).toBe(want)
  })

  it.each(['', '.', 'm', '1 Gi', '1gi', '1KI', '1mi', 'e3', '1e', '--1', '1,5', '0x10', '1Gi\n', 'Infinity'])(
    '%j is none',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined()
    },
  )
})

describe('formatQuantity', () => {
  it.each([
    ['0.5', 'decimal', '500m'],
    ['2000m', 'decimal', '2'],
    ['1500', 'decimal', '1500'],
    ['2000', 'decimal', '2k'],
    ['0', 'decimal', '0'],
    ['1n', 'decimal', '1n'],
    ['-1500m', 'decimal', '-1500m'],
    ['1Gi', 'binary', '1Gi'],
    ['1536Mi', 'binary', '1536Mi'],
    ['1000', 'binary', '1k'],
    ['1500000', 'binary', '1500000'],
    ['0.5', 'binary', '500m'],
  ] as const)('%s as %s is %s', (text, style, want) => {
    expect(formatQuantity(parseQuantity(text) ?? 0n, style)).toBe(want)
  })

  it('is read back as the same amount in both styles', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 27n), fc.constantFrom('decimal', 'binary'), (amount, style) => {
        expect(parseQuantity(formatQuantity(amount, style))).toBe(amount)
      }),
    )
  })
})

describe('compareQuantities', () => {
  it.each([
    ['1', '1000m', 0],
    ['1Gi', '1G', 1],
    ['999m', '1', -1],
    ['x', '1', undefined],
  ])('%s with %s', (a, b, want) => {
    expect(compareQuantities(a, b)).toBe(want)
  })
})

describe('addQuantities', () => {
  it('adds what is spelled differently', () => {
    expect(formatQuantity(addQuantities(['0.5', '250m', '1']) ?? 0n)).toBe('1750m')
  })
  it('is undefined for what is no quantity', () => {
    expect(addQuantities(['1', 'one'])).toBeUndefined()
  })
})
