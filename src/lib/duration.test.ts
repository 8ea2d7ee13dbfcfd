import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from './duration.ts'

describe('parseDuration', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['1h30m', 5400],
    ['1h0m5s', 3605],
    ['0s', 0],
    ['', undefined],
    ['30', undefined],
    ['30m1h', undefined],
    ['-5m', undefined],
    ['1.5h', undefined],
    ['5 minutes', undefined],
    ['5m\n', undefined],
    ['5M', undefined],
  ])('%j → %j', (text, want) => {
    expect(parseDuration(text)).toBe(want)
  })
})

describe('formatDuration', () => {
  it.each([
    [0, '0s'],
    [59, '59s'],
    [60, '1m'],
    [5400, '1h30m'],
    [3605, '1h5s'],
    [604_800, '168h'],
  ])('%j → %j', (seconds, want) => {
    expect(formatDuration(seconds)).toBe(want)
  })

  it('is read back as the same seconds', () => {
    fc.assert(
      fc.property(fc.nat(), (seconds) => {
        expect(parseDuration(formatDuration(seconds))).toBe(seconds)
      }),
    )
  })
})
