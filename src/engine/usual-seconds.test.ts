import { expect, test } from 'vitest'
import { foldUsualSeconds, type TimedRun } from './usual-seconds.ts'

const took = (seconds: number, at = 0, phase = 'Succeeded'): TimedRun => ({
  phase,
  startTime: new Date(at * 1000).toISOString(),
  completionTime: new Date((at + seconds) * 1000).toISOString(),
})

test.each<[string, TimedRun[], object | undefined]>([
  ['none', [], undefined],
  ['one', [took(61)], { p50: 61, p90: 61 }],
  ['two digits', [took(614)], { p50: 610, p90: 610 }],
  ['ten', Array.from({ length: 10 }, (_, at) => took(at + 1)), { p50: 5, p90: 9 }],
  ['a failed run tells nothing', [took(10), took(900, 0, 'Failed')], { p50: 10, p90: 10 }],
  ['a run without times tells nothing', [took(10), { phase: 'Succeeded' }], { p50: 10, p90: 10 }],
  [
    'only the last hundred',
    [...Array.from({ length: 100 }, (_, at) => took(10, 1000 + at)), ...Array.from({ length: 300 }, () => took(500))],
    { p50: 10, p90: 10 },
  ],
])('%s', (_name, runs, want) => {
  expect(foldUsualSeconds(runs)).toEqual(want)
})
