import { expect, test } from 'vitest'
import type { Retries } from '../../../crds/parts/retries.ts'
import type { EarlierAttempt } from '../../../crds/parts/run-state.ts'
import type { Ended } from '../pod/verdict.ts'
import { addAttempt, countFailures, listEarlier } from './earlier-attempts.ts'
import { describeRetry, findBackoff, findRetryTime, isRetryable } from './retry.ts'

const exit = (exitCode: number, more: Partial<Ended> = {}): Ended => ({
  kind: 'ended',
  phase: 'Failed',
  reason: 'ExitCode',
  exitCode,
  ...more,
})

test.each<[string, Omit<Retries, 'limit'>, Ended, boolean]>([
  ['any exit code', {}, exit(1), true],
  ['success', {}, exit(0, { phase: 'Succeeded', reason: 'Completed' }), false],
  ['a timeout', {}, exit(124, { reason: 'TimedOut' }), false],
  ['a timeout that is listed', { exitCodes: [124] }, exit(124, { reason: 'TimedOut' }), true],
  ['a timeout by the pod, which has another code', { exitCodes: [124] }, exit(137, { reason: 'TimedOut' }), true],
  [
    'and which is not the killed process that is listed',
    { exitCodes: [137] },
    exit(137, { reason: 'TimedOut' }),
    false,
  ],
  ['a command that itself ends with 124', {}, exit(124), true],
  ['out of memory', {}, exit(137, { reason: 'OOMKilled' }), true],
  ['out of memory by its code', { exitCodes: [137] }, exit(137, { reason: 'OOMKilled' }), true],
  ['a code that is not listed', { exitCodes: [75] }, exit(1), false],
  ['a missing image', {}, exit(0, { reason: 'ImagePull' }), false],
  ['a missing key', {}, exit(0, { reason: 'ContainerConfig' }), false],
  ['a container that cannot start', { exitCodes: [128] }, exit(128, { reason: 'StartError' }), false],
  ['a failed clone', { exitCodes: [1] }, exit(1, { reason: 'CloneFailed' }), false],
  ['a deleted Job', {}, exit(1, { reason: 'JobDeleted' }), false],
])('%s', (...[, retries, ended, want]) => {
  expect(isRetryable({ limit: 1, ...retries }, ended)).toBe(want)
})

test.each<[string, Omit<Retries, 'limit'>, readonly number[]]>([
  ['left out', {}, [10, 20, 40, 80, 160, 300, 300]],
  ['given', { backoff: '1m', maxBackoff: '3m' }, [60, 120, 180, 180]],
  ['none', { backoff: '0s' }, [0, 0]],
  ['longer than the longest that is left out', { backoff: '10m' }, [600, 600]],
])('the wait doubles up to the longest: %s', (_name, retries, want) => {
  expect(want.map((_, index) => findBackoff({ limit: 10, ...retries }, index + 1))).toEqual(want)
})

const now = Date.parse('2026-01-01T00:10:00Z')
const retries: Retries = { limit: 2 }
const at = (completionTime: string | undefined, failures = 0) =>
  findRetryTime({ retries, ended: exit(1, { completionTime }), failures, now })

test('the wait is counted from the end that kubelet tells, and from no moment that is still to come', () => {
  expect(at('2026-01-01T00:09:55Z')).toBe('2026-01-01T00:10:05Z')
  expect(at('2026-01-01T00:09:55Z', 1)).toBe('2026-01-01T00:10:15Z')
  expect(at('2026-01-01T09:00:00Z')).toBe('2026-01-01T00:10:10Z')
  expect(at(undefined)).toBe('2026-01-01T00:10:10Z')
})

test('a limit is a limit', () => {
  expect(at('2026-01-01T00:09:55Z', 2)).toBeUndefined()
  expect(findRetryTime({ retries: undefined, ended: exit(1), failures: 0, now })).toBeUndefined()
  expect(findRetryTime({ retries: { limit: 0 }, ended: exit(1), failures: 0, now })).toBeUndefined()
})

test('the sentence says what failed and when it goes on', () => {
  const attempts: EarlierAttempt[] = [{ attempt: 2, message: 'exit code 2' }, { attempt: 1 }]
  expect(describeRetry(attempts, '2026-01-01T00:00:20Z')).toBe(
    'attempt 2 failed: exit code 2; the next starts at 2026-01-01T00:00:20Z',
  )
})

test('earlier attempts are kept newest first, each once, and lost ones go before failed ones', () => {
  let attempts: readonly EarlierAttempt[] = []
  for (let attempt = 1; attempt <= 25; attempt += 1) {
    const reason = attempt % 5 === 0 ? 'Interrupted' : 'ExitCode'
    attempts = addAttempt(attempts, { attempt, reason, message: 'x'.repeat(999) })
    attempts = addAttempt(attempts, { attempt, reason, message: 'again' })
  }
  expect(attempts).toHaveLength(20)
  expect(attempts[0]).toEqual({ attempt: 24, reason: 'ExitCode', message: 'again' })
  expect(countFailures(attempts)).toBe(20)
  expect(addAttempt([], { attempt: 1, message: 'x'.repeat(999) })[0]?.message).toHaveLength(256)
})

const job = { jobName: 'j', podName: 'c' }

test('pods that the same Job has replaced are attempts too, seen or not', () => {
  const lost = [
    { podName: 'a', message: 'its pod was evicted' },
    { podName: 'b', message: 'its pod was preempted' },
  ]
  const all = [
    { attempt: 2, reason: 'Interrupted', message: 'its pod was preempted', jobName: 'j', podName: 'b' },
    { attempt: 1, reason: 'Interrupted', message: 'its pod was evicted', jobName: 'j', podName: 'a' },
  ]
  expect(listEarlier(undefined, { ...job, attempt: 3, lost })).toEqual(all)
  const row = { name: 's', phase: 'Running' as const, attempt: 2, jobName: 'j', podName: 'b', attempts: all.slice(1) }
  expect(listEarlier(row, { ...job, attempt: 3, lost })).toEqual(all)
  expect(listEarlier(row, { ...job, attempt: 3, lost: [] })).toMatchObject([{ attempt: 2, podName: 'b' }, all[1]])
  expect(listEarlier({ ...row, podName: 'c' }, { ...job, attempt: 2, lost: [] })).toEqual(all.slice(1))
})

test('why a pod was lost is still known when it is gone and the next is not there yet', () => {
  const known = { attempt: 1, reason: 'Interrupted', message: 'its pod was preempted', jobName: 'j', podName: 'a' }
  const row = { name: 's', phase: 'Running' as const, attempt: 1, jobName: 'j', podName: 'a', attempts: [known] }
  expect(listEarlier(row, { jobName: 'j', podName: undefined, attempt: 1, lost: [] })).toEqual([known])
  expect(listEarlier(row, { jobName: 'j', podName: 'b', attempt: 2, lost: [] })).toEqual([known])
})
