import { expect, test } from 'vitest'
import type { Job, Pod, PodCondition } from '../../lib/kubernetes.ts'
import { defaultSettings } from '../snapshot.ts'
import { type Attempt, judgeAttempt } from './attempt.ts'

const start = Date.parse('2026-01-01T00:00:00Z')
const step = { name: 'unit', image: 'node:24', commands: ['npm test'], timeout: '10m' }
const created = '2026-01-01T00:00:00Z'
const template = { spec: { containers: [] } }

const condition = (type: string, reason = ''): PodCondition => {
  return { type, status: 'True', reason, lastTransitionTime: '2026-01-01T00:01:00Z' }
}
const makeJob = (conditions: readonly PodCondition[] = [], spec: Partial<Job['spec']> = {}): Job => ({
  metadata: { name: 'j', uid: 'j', creationTimestamp: created },
  spec: { template, ...spec },
  status: { conditions },
})

const quota = 'Error creating: pods "x" is forbidden: exceeded quota: team, requested: cpu=1'
const security = 'Error creating: pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'
const webhook = 'Error creating: Internal error occurred: failed calling webhook "w.example": timed out'

const cases: { name: string; attempt: Partial<Attempt>; at: number; want: object }[] = [
  { name: 'no pod yet', attempt: {}, at: 1, want: { kind: 'waiting', reason: 'Starting' } },
  {
    name: 'a quota without room is waited for',
    attempt: { podCreationFailure: quota },
    at: 99_999,
    want: {
      kind: 'waiting',
      reason: 'QuotaExceeded',
      message: expect.stringContaining('exceeded quota: team'),
      recheckAt: start + 99_999_000 + 4000,
    },
  },
  {
    name: 'a refused pod is shown',
    attempt: { podCreationFailure: security },
    at: 5,
    want: { kind: 'waiting', reason: 'PodRefused' },
  },
  {
    name: 'and fails within 30 s',
    attempt: { podCreationFailure: security },
    at: 26,
    want: { kind: 'ended', reason: 'PodRefused', message: expect.stringContaining('runAsNonRoot') },
  },
  {
    name: 'a webhook that does not answer gets longer',
    attempt: { podCreationFailure: webhook },
    at: 200,
    want: { kind: 'waiting', reason: 'PodRefused' },
  },
  {
    name: 'suspended by a queue',
    attempt: { job: makeJob([], { suspend: true }) },
    at: 99_999,
    want: { kind: 'waiting', reason: 'Suspended' },
  },
  {
    name: 'complete, but the pod is not in the cache yet',
    attempt: { job: makeJob([condition('Complete')]) },
    at: 61,
    want: { kind: 'waiting', recheckAt: start + 65_000 },
  },
  {
    name: 'complete and its pod is gone',
    attempt: { job: makeJob([condition('Complete')]) },
    at: 66,
    want: { kind: 'ended', phase: 'Succeeded' },
  },
  {
    name: 'failed and its pod is gone',
    attempt: { job: makeJob([condition('Failed', 'BackoffLimitExceeded')]) },
    at: 66,
    want: { kind: 'lost', isReplaced: false },
  },
  {
    name: "the Job's deadline",
    attempt: { job: makeJob([condition('Failed', 'DeadlineExceeded')]) },
    at: 66,
    want: { kind: 'ended', reason: 'TimedOut', message: 'ran longer than its timeout of 10m' },
  },
  {
    name: 'deleted',
    attempt: { job: undefined },
    at: 5,
    want: { kind: 'ended', phase: 'Failed', reason: 'JobDeleted' },
  },
  {
    name: 'being deleted',
    attempt: { job: { ...makeJob(), metadata: { name: 'j', deletionTimestamp: created } } },
    at: 5,
    want: { kind: 'ended', reason: 'JobDeleted' },
  },
]

test.each(cases)('$name', ({ attempt, at, want }) => {
  const base = { step, job: makeJob(), pods: [], settings: defaultSettings, mountFailures: [] }
  expect(judgeAttempt({ ...base, now: start + at * 1000, ...attempt }).verdict).toMatchObject(want)
})

interface PodEnd {
  readonly exitCode: number
  readonly isDisrupted?: boolean
}

const makePod = (name: string, second: number, { exitCode, isDisrupted = false }: PodEnd): Pod => ({
  metadata: { name, creationTimestamp: `2026-01-01T00:00:0${second}Z` },
  status: {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: isDisrupted ? [condition('DisruptionTarget')] : [],
    containerStatuses: [{ name: 'step', state: { terminated: { exitCode } } }],
  },
})

const judgePods = (...pods: Pod[]) =>
  judgeAttempt({ step, job: makeJob(), pods, now: start, settings: defaultSettings, mountFailures: [] })

test('a replacement counts after its lost predecessor', () => {
  const found = judgePods(makePod('b', 2, { exitCode: 0 }), makePod('a', 1, { exitCode: 137, isDisrupted: true }))
  expect(found).toMatchObject({ podIndex: 1, pod: { metadata: { name: 'b' } }, verdict: { phase: 'Succeeded' } })
})

test('a pod that somebody adds after a result changes nothing', () => {
  expect(judgePods(makePod('real', 1, { exitCode: 1 }), makePod('forged', 2, { exitCode: 0 })).verdict).toMatchObject({
    phase: 'Failed',
    exitCode: 1,
  })
})

test('a result that a pod shows stands although its Job was deleted', () => {
  const { verdict } = judgeAttempt({
    step,
    job: undefined,
    pods: [makePod('a', 1, { exitCode: 0 })],
    now: start,
    settings: defaultSettings,
    mountFailures: [],
  })
  expect(verdict).toMatchObject({ phase: 'Succeeded' })
})
