import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PipelineRunStatus, StepStatus } from '../../../crds/pipeline-run.ts'
import { runPhases, stepPhases } from '../../../crds/pipeline-run.ts'
import { freezePlan } from '../../../crds/plan.ts'
import { makeRun } from '../../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../../test/helpers/engine-state.ts'
import { planRun } from '../plan.ts'
import { listReused } from '../rerun/take-over.ts'
import { isRunFinal, omitReport } from '../status/run-status.ts'
import { compactStatus } from './compact-status.ts'

const now = Date.parse('2026-06-01T00:00:00Z')
const long = 'x'.repeat(1000)
const times = { startTime: '2026-05-01T00:00:00Z', completionTime: '2026-05-01T00:01:00Z' }

describe('a row', () => {
  const compactRow = (row: StepStatus) => compactStatus({ phase: 'Failed', steps: [row] }, now)?.steps?.[0]

  test.each<[string, StepStatus, StepStatus]>([
    [
      'that succeeded keeps its result and its times',
      {
        name: 'a',
        phase: 'Succeeded',
        reason: 'Completed',
        message: 'done',
        exitCode: 0,
        attempt: 1,
        jobName: 'j',
        podName: 'p',
        ...times,
      },
      { name: 'a', phase: 'Succeeded', reason: 'Completed', exitCode: 0, ...times },
    ],
    [
      'that failed keeps a line of why, and loses its attempts',
      {
        name: 'a',
        phase: 'Failed',
        reason: 'ExitCode',
        message: long,
        attempt: 2,
        attempts: [{ attempt: 1, exitCode: 1 }],
      },
      { name: 'a', phase: 'Failed', reason: 'ExitCode', message: `${'x'.repeat(117)}...` },
    ],
    [
      'that was skipped keeps why',
      { name: 'a', phase: 'Skipped', reason: 'ConditionNotMet', message: 'm', skippedBy: 'branches' },
      { name: 'a', phase: 'Skipped', reason: 'ConditionNotMet' },
    ],
    [
      'that was taken over keeps from where',
      { name: 'a', phase: 'Succeeded', reason: 'Reused', run: 'first', jobName: 'j' },
      { name: 'a', phase: 'Succeeded', reason: 'Reused', run: 'first' },
    ],
    [
      'of a call loses the run that is gone',
      { name: 'a', phase: 'Failed', reason: 'CallFailed', message: 'm', run: 'gone' },
      { name: 'a', phase: 'Failed', reason: 'CallFailed', message: 'm' },
    ],
    [
      'keeps where what outlives the pod is',
      { name: 'a', phase: 'Succeeded', logURL: 's3://logs/a', artifactURLs: ['s3://files/a'] },
      { name: 'a', phase: 'Succeeded', logURL: 's3://logs/a', artifactURLs: ['s3://files/a'] },
    ],
  ])('%s', (_name, row, want) => {
    expect(compactRow(row)).toStrictEqual(want)
  })
})

test('the run keeps its result, its sums and its conditions', () => {
  const ready = {
    type: 'Ready',
    status: 'False',
    reason: 'StepFailed',
    lastTransitionTime: times.completionTime,
  } as const
  const status: PipelineRunStatus = {
    observedGeneration: 2,
    phase: 'Failed',
    reason: 'StepFailed',
    message: long,
    progress: '2/2',
    commit: 'a'.repeat(40),
    ...times,
    report: { state: 'failure' },
    matrix: [{ name: 'm', legs: 2, failed: 2, message: long }],
    conditions: [{ ...ready, message: long, observedGeneration: 2 }],
  }
  const { report: _, ...own } = status
  expect(compactStatus(status, now)).toStrictEqual({
    ...own,
    compactedAt: '2026-06-01T00:00:00Z',
    message: `${'x'.repeat(253)}...`,
    matrix: [{ name: 'm', legs: 2, failed: 2, message: `${'x'.repeat(117)}...` }],
    conditions: [{ ...ready, message: `${'x'.repeat(253)}...`, observedGeneration: 2 }],
  })
})

test.each<[string, PipelineRunStatus | undefined]>([
  ['has no status', undefined],
  ['has not begun', { phase: 'Pending' }],
  ['is under way', { phase: 'Running' }],
  ['was compacted before', { phase: 'Failed', compactedAt: times.completionTime }],
])('nothing is done to a run that %s', (_name, status) => {
  expect(compactStatus(status, now)).toBeUndefined()
})

const text = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.string({ unit: 'binary', maxLength: 400 }))
const row = fc.record(
  {
    name: fc.stringMatching(/^[a-z]{1,8}$/),
    phase: fc.constantFrom(...stepPhases),
    reason: fc.constantFrom('Completed', 'ExitCode', 'Reused', 'ConditionNotMet'),
    message: text,
    attempt: fc.integer({ min: 1, max: 9 }),
    attempts: fc.array(fc.record({ attempt: fc.nat(9), message: text }), { maxLength: 3 }),
    jobName: fc.string({ maxLength: 63 }),
    exitCode: fc.nat(255),
    run: fc.string({ maxLength: 63 }),
    logURL: fc.webUrl(),
  },
  { requiredKeys: ['name', 'phase'] },
)
const condition = fc.record({
  type: fc.constantFrom('Ready', 'Succeeded'),
  status: fc.constant('True' as const),
  message: text,
})
const arbitraryStatus = fc.record(
  {
    phase: fc.constantFrom(...runPhases),
    reason: fc.constant('StepFailed'),
    message: text,
    progress: fc.constant('1/2'),
    completionTime: fc.constant(times.completionTime),
    matrix: fc.array(fc.record({ name: fc.constant('m'), legs: fc.nat(9), message: text }), { maxLength: 3 }),
    steps: fc.uniqueArray(row, { maxLength: 8, selector: ({ name }) => name }),
    conditions: fc.uniqueArray(condition, { maxLength: 2, selector: ({ type }) => type }),
  },
  { requiredKeys: ['phase'] },
)
const sizeOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value))

test('laws: done once, the same result, never larger but for its mark', () => {
  fc.assert(
    fc.property(arbitraryStatus, (status) => {
      const compacted = compactStatus(status, now)
      expect(compacted !== undefined).toBe(isRunFinal(status.phase))
      if (compacted === undefined) return
      expect(compactStatus(compacted, now + 1000)).toBeUndefined()
      const { compactedAt, ...rest } = compacted
      expect(compactStatus(rest, now)).toStrictEqual({ ...rest, compactedAt })
      expect(sizeOf(rest)).toBeLessThanOrEqual(sizeOf(omitReport(status)))
      const resultOf = ({ phase, reason, completionTime, steps = [], conditions = [] }: PipelineRunStatus) => ({
        phase,
        reason,
        completionTime,
        steps: steps.map((each) => [each.name, each.phase, each.reason, each.exitCode]),
        conditions: conditions.map((each) => [each.type, each.status]),
      })
      expect(resultOf(compacted)).toEqual(resultOf(status))
    }),
  )
})

describe('a compacted run', () => {
  const steps = ['a', 'b'].map((name) => ({ name, image: 'i', commands: ['c'] }))
  const run = makeRun(freezePlan({ repository: 'https://git.example/r', steps }))
  const rows: StepStatus[] = [
    { name: 'a', phase: 'Succeeded', reason: 'Completed', jobName: 'j', podName: 'p', ...times },
    { name: 'b', phase: 'Failed', reason: 'ExitCode', exitCode: 1, jobName: 'k', ...times },
  ]
  const status = compactStatus({ observedGeneration: 1, phase: 'Failed', steps: rows }, now) ?? {}

  test('is taken over by a re-run, all that succeeded', () => {
    expect(listReused({ ...run, status })).toEqual([{ step: 'a', run: 'run', ...times }])
  })

  test('is over, however its Jobs are gone', () => {
    const snapshot = makeSnapshot({ ...run, status }, now)
    const plan = planRun({ ...snapshot, goneSteps: new Set(['a', 'b']) })
    expect(plan).toMatchObject({ creations: [], calls: [], stops: [], events: [] })
    expect(plan.status).toBeUndefined()
  })

  test('stays compacted where a late cancel is noted', () => {
    const metadata = { ...run.metadata, generation: 2 }
    const plan = planRun(makeSnapshot({ ...run, metadata, status }, now))
    expect(plan.status).toMatchObject({ observedGeneration: 2, compactedAt: status.compactedAt, phase: 'Failed' })
  })
})
