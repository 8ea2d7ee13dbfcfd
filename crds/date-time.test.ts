import { expect, it } from 'vitest'
import { isDateTime } from './date-time.ts'

it.each([
  ['2025-10-12T10:30:00Z', true],
  ['2025-10-12t10:30:00.123456z', true],
  ['2025-10-12T10:30:00+02:00', true],
  ['2024-02-29T00:00:00Z', true],
  ['0001-01-01T00:00:00Z', true],
  ['2025-02-29T00:00:00Z', false],
  ['2025-13-01T00:00:00Z', false],
  ['2025-10-12T24:00:00Z', false],
  ['2025-10-12T10:60:00Z', false],
  ['2025-10-12T10:30:60Z', false],
  ['2025-10-12 10:30:00Z', false],
  ['2025-10-12T10:30:00', false],
  ['2025-10-12', false],
  ['now', false],
  ['', false],
])('%s: %s', (text, want) => {
  expect(isDateTime(text)).toBe(want)
})
