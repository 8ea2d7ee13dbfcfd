import { expect, test } from 'vitest'
import { diffRunStates, isEnded, parseRunState } from './progress.ts'

test('a line of the watch becomes a state', () => {
  expect(parseRunState('Running\x1f\x1flint=Succeeded=;unit=Running=;')).toEqual({
    phase: 'Running',
    message: '',
    steps: [
      { name: 'lint', phase: 'Succeeded', reason: '' },
      { name: 'unit', phase: 'Running', reason: '' },
    ],
  })
})

test('a run without status yet has no steps', () => {
  expect(parseRunState('\x1f\x1f')).toEqual({ phase: '', message: '', steps: [] })
})

test('only what changed is told, and pending is not news', () => {
  const before = parseRunState('Running\x1f\x1flint=Running=;unit=Pending=;')
  const after = parseRunState('Running\x1f\x1flint=Failed=ExitCode;unit=Skipped=NeedsNotMet;')
  expect(diffRunStates(before, after)).toEqual([
    'lint           Failed  ExitCode',
    'unit           Skipped  NeedsNotMet',
  ])
  expect(diffRunStates(after, after)).toEqual([])
})

test('the end is told once, with its message', () => {
  const before = parseRunState('Running\x1f\x1flint=Running=;')
  const after = parseRunState('Failed\x1fstep lint failed: exit code 1\x1flint=Failed=ExitCode;')
  expect(isEnded(after)).toBe(true)
  expect(diffRunStates(before, after).at(-1)).toBe('run Failed: step lint failed: exit code 1')
  expect(diffRunStates(after, after)).toEqual([])
})
