import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeGroupRun } from '../../test/helpers/group-run.ts'
import { findSupersessions, toGroupKey } from '../engine/concurrency/supersede.ts'
import { isEndReported, judgeReportState, toReportKey } from '../engine/report-state.ts'
import { trimRun } from './trim-run.ts'

const plan = { repository: 'r', steps: [], timeoutSeconds: 1, clone: { depth: 1, submodules: false } }
const run: PipelineRun = {
  ...makeRun(plan),
  status: {
    phase: 'Succeeded',
    observedGeneration: 1,
    message: 'm',
    steps: [{ name: 'a', phase: 'Succeeded' }],
    conditions: [
      { type: 'LogsIncomplete', status: 'True' },
      { type: 'Ready', status: 'True' },
    ],
  },
}

test('an ended run is a stub: enough to count it and to see that it needs no more work', () => {
  expect(trimRun(run)).toEqual({
    apiVersion: 'c8s.dev/v1alpha1',
    kind: 'PipelineRun',
    metadata: { name: 'run', namespace: 'team', uid: 'uid-run', generation: 1 },
    spec: { commit: '', pipelineConfigRef: 'config' },
    status: { phase: 'Succeeded', observedGeneration: 1, conditions: [{ type: 'LogsIncomplete', status: 'True' }] },
  })
})

test('a running run keeps its plan and its whole status', () => {
  const running = trimRun({ ...run, status: { ...run.status, phase: 'Running' } })
  expect([running.spec.plan, running.status?.steps?.length]).toEqual([plan, 1])
})

const rejected = { reason: 'InvalidPipeline', message: 'x'.repeat(4000), file: '.c8s.yaml', line: 7 }
const event = {
  title: 'a title',
  url: 'https://forge.example/7',
  before: 'b'.repeat(40),
  pullRequest: { number: 7, fork: true, branch: 'theirs', targetBranch: 'main' },
}
const made = makeGroupRun({ name: 'run', commit: 'a'.repeat(40), event })
const ended: PipelineRun = {
  ...made,
  spec: { ...made.spec, rejected },
  status: {
    phase: 'Failed',
    reason: 'InvalidPipeline',
    message: 'y'.repeat(4000),
    commit: 'a'.repeat(40),
    startTime: '2026-01-01T00:00:00Z',
    completionTime: '2026-01-01T00:01:00Z',
    observedGeneration: 1,
    steps: [{ name: 'a', phase: 'Failed' }],
    report: { state: 'running', id: '17', failures: 2 },
  },
}
const told: PipelineRun = { ...ended, status: { ...ended.status, report: { state: 'failure', id: '17', url: 'u' } } }

test('an ended run keeps what a forge is to be told, until it was', () => {
  const { spec, status } = trimRun(ended)
  expect(spec).toMatchObject({ commit: 'a'.repeat(40), rejected: { file: '.c8s.yaml', line: 7 } })
  expect(spec.event).toEqual({
    type: 'push',
    connection: 'app',
    pipeline: 'ci',
    receivedAt: '1970-01-01T00:00:00.000Z',
    before: 'b'.repeat(40),
    pullRequest: { number: 7, fork: true, branch: '', targetBranch: '' },
  })
  const { steps: _, message: __, ...rest } = ended.status ?? {}
  expect(status).toEqual({ ...rest, conditions: [], message: 'y'.repeat(1000) })
  expect(spec.rejected?.message).toHaveLength(1000)
})

test('then hardly more than that it was', () => {
  const { spec, status } = trimRun(told)
  expect(spec).not.toHaveProperty('rejected')
  expect(status).toEqual({
    phase: 'Failed',
    startTime: '2026-01-01T00:00:00Z',
    completionTime: '2026-01-01T00:01:00Z',
    reason: 'InvalidPipeline',
    observedGeneration: 1,
    conditions: [],
    report: { state: 'failure' },
  })
  expect(JSON.stringify(trimRun(told)).length).toBeLessThan(1100)
})

test.each([ended, told])('a stub is the same to those who ask it', (run) => {
  const stub = trimRun(run)
  expect(trimRun(stub)).toEqual(stub)
  expect(toReportKey(stub)).toBe(toReportKey(run))
  expect(toGroupKey(stub)).toBe(toGroupKey(run))
  expect([judgeReportState(stub), isEndReported(stub)]).toEqual([judgeReportState(run), isEndReported(run)])
  const { pullRequest } = event
  const late = makeGroupRun({ name: 'late', commit: 'b'.repeat(40), createdAt: 5, event: { pullRequest } })
  expect(findSupersessions([late, stub]).map(({ by }) => by.metadata.name)).toEqual(['run'])
})

test('a stub of an untrusted run takes the place of nobody', () => {
  const { plan } = ended.spec
  const untrusted = { reason: 'ForkPullRequest', message: 'a fork' } as const
  const fork = { ...ended, spec: { ...ended.spec, ...(plan && { plan: { ...plan, untrusted } }) } }
  expect(findSupersessions([makeGroupRun({ name: 'older' }), trimRun(fork)])).toEqual([])
})
