import { expect, test } from 'vitest'
import { mergeConditions, renderStanding, type Standing } from './conditions.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const words = { reason: 'R', message: 'm' }

test('lastTransitionTime changes only with the status; reason and message may change alone', () => {
  const last = [
    { type: 'Ready', status: 'False', reason: 'Old', message: 'old', lastTransitionTime: '2025-01-01T00:00:00Z' },
  ] as const
  const merge = (status: 'True' | 'False') =>
    mergeConditions([{ type: 'Ready', status, ...words }], { last: [...last], generation: 3, now })
  expect(merge('False')).toEqual([
    { type: 'Ready', status: 'False', ...words, lastTransitionTime: '2025-01-01T00:00:00Z', observedGeneration: 3 },
  ])
  expect(merge('True')[0]?.lastTransitionTime).toBe('2026-01-01T00:00:00Z')
})

test('other conditions stay, with the generation that was looked at', () => {
  const last = [
    { type: 'LogsIncomplete', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z', observedGeneration: 1 },
  ] as const
  const merged = mergeConditions([{ type: 'Ready', status: 'True', ...words }], { last: [...last], generation: 2, now })
  expect(merged.map(({ type, observedGeneration }) => [type, observedGeneration])).toEqual([
    ['LogsIncomplete', 2],
    ['Ready', 2],
  ])
})

test('a message is no longer than the API server takes', () => {
  const [condition] = mergeConditions([{ type: 'Ready', status: 'True', reason: 'R', message: 'x'.repeat(9999) }], {
    last: [],
    generation: 1,
    now,
  })
  expect(condition?.message).toHaveLength(4096)
})

// https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md: Stalled fails, Reconciling goes on.
const standings: [Standing['state'], string][] = [
  ['progressing', 'Ready=False Reconciling=True Stalled=False'],
  ['ready', 'Ready=True Reconciling=False Stalled=False'],
  ['failed', 'Ready=False Reconciling=False Stalled=True'],
]
test.each(standings)('%s is %s', (state, want) => {
  expect(
    renderStanding({ state, ...words })
      .map(({ type, status }) => `${type}=${status}`)
      .join(' '),
  ).toBe(want)
})
