import { expect, test } from 'vitest'
import { mean, median, percentile, toFigure, toRatio } from './measurement.ts'

test('percentiles are of the nearest rank', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5)
  expect(percentile([1, 2], 0)).toBe(1)
  expect(mean([1, 2, 6])).toBe(3)
})

test('a ratio is ok up to its target', () => {
  const row = { id: 'x', what: 'x', floor: 2, target: 1.05 }
  expect(toRatio({ ...row, measured: 2.1 })).toMatchObject({ value: 1.05, ok: true })
  expect(toRatio({ ...row, measured: 2.2 }).ok).toBe(false)
  expect(toFigure({ id: 'x', what: 'x', value: 21, target: 20, unit: 'MB' }).ok).toBe(false)
})
