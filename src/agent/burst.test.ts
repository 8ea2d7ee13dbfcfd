import { expect, test } from 'vitest'
import { createBurst } from './burst.ts'

const restOf = (writes: readonly (readonly [bytes: number, at: number])[], now: number) => {
  const burst = createBurst()
  for (const [bytes, at] of writes) burst.note(bytes, at)
  return burst.restMs(now)
}

test.each<[string, Parameters<typeof restOf>[0], number, number]>([
  ['nothing written', [], 0, 0],
  ['a few lines', [[4096, 0]], 0, 0],
  ['much, right before the end', [[100_000, 0]], 10, 990],
  [
    'much in small pieces',
    [
      [4000, 0],
      [4000, 500],
    ],
    600,
    900,
  ],
  ['much, long ago', [[100_000, 0]], 1500, 0],
  [
    'much long ago, and a line since',
    [
      [100_000, 0],
      [80, 2000],
    ],
    2000,
    0,
  ],
])('%s', (...[, writes, now, want]) => {
  expect(restOf(writes, now)).toBe(want)
})
