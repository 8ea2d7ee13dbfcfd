import { describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../../crds/kinds.ts'
import type { PipelineRunStatus } from '../../../crds/pipeline-run.ts'
import { makeGroupRun } from '../../../test/helpers/group-run.ts'
import { isNews, judgeWording, renderDeletion, renderReport, renderTaken, type Told } from './decide.ts'

const commit = 'a'.repeat(40)
const pullRequest = { number: 7, fork: true, branch: 'x', targetBranch: 'main', ref: 'refs/pull/7/head' }
const run = makeGroupRun({ name: 'ci-1', commit, event: {} })
const pull = makeGroupRun({ name: 'ci-1', commit, event: { type: 'pullRequest', pullRequest } })
const within = (status: PipelineRunStatus, of: PipelineRun = run): PipelineRun => ({ ...of, status })
const page = 'https://c8s.example'
const rejected = { reason: 'InvalidPipeline', message: 'steps: at least one is needed', file: '.c8s.yaml', line: 7 }

describe('what a forge is told', () => {
  const told: [string, PipelineRun, [state: string, description: string]][] = [
    ['that it waits', within({ phase: 'Pending', reason: 'Starting', message: 'starting a' }), ['pending', 'queued']],
    [
      'what for',
      within({ phase: 'Pending', reason: 'Unschedulable', message: 'step a waits: no node' }),
      ['pending', 'queued: step a waits: no node'],
    ],
    [
      'that there is no room',
      within({ phase: 'Pending', reason: 'QuotaExceeded', message: 'step a waits: no room in the namespace: …' }),
      ['pending', 'queued: the namespace has no room now'],
    ],
    [
      'who may approve',
      within({ phase: 'Pending', reason: 'ApprovalRequired', message: 'long' }, pull),
      ['pending', 'waiting for approval: somebody who may push has to comment /ok-to-test'],
    ],
    [
      'who may approve a push',
      within({ phase: 'Pending', reason: 'ApprovalRequired', message: 'long' }),
      ['pending', 'waiting for approval: somebody who may push has to approve the commit'],
    ],
    ['how far it is', within({ phase: 'Running', progress: '2/5' }), ['running', 'running, 2/5 steps done']],
    ['success', within({ phase: 'Succeeded', message: '5 steps succeeded' }), ['success', '5 steps succeeded']],
    [
      'failure',
      within({ phase: 'Failed', reason: 'StepFailed', message: 'step a failed: exit code 1' }),
      ['failure', 'step a failed: exit code 1'],
    ],
    [
      'a fault that is not its own',
      within({ phase: 'Failed', reason: 'InfrastructureError', message: 'step a failed: no image' }),
      ['error', 'step a failed: no image'],
    ],
    [
      'a cancel',
      within({ phase: 'Cancelled', reason: 'Cancelled', message: 'the run was cancelled' }),
      ['error', 'cancelled'],
    ],
    [
      'for which run',
      within({ phase: 'Cancelled', reason: 'Superseded', message: 'superseded by the newer run ci-2' }),
      ['error', 'cancelled: superseded by the newer run ci-2'],
    ],
    [
      'a rejection',
      within(
        { phase: 'Failed', reason: 'InvalidPipeline', message: '.c8s.yaml line 7: steps: at least one is needed' },
        { ...run, spec: { commit, event: run.spec.event, rejected } as PipelineRun['spec'] },
      ),
      ['failure', '.c8s.yaml line 7: steps: at least one is needed'],
    ],
  ]

  it.each(told)('%s', (_name, of, [state, description]) => {
    expect(renderReport(of, page)).toMatchObject({ state, description, commit, context: 'c8s/ci' })
  })

  it('where the run is shown, when it ran, and by which id the forge knows it', () => {
    const times = { startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-01T00:01:00Z' }
    const report = renderReport(within({ phase: 'Succeeded', ...times, report: { id: '17' } }), page)
    expect(report).toEqual({
      commit,
      context: 'c8s/ci',
      ref: 'refs/heads/main',
      url: 'https://c8s.example/runs/team/ci-1',
      id: '17',
      state: 'success',
      description: '',
      startedAt: times.startTime,
      completedAt: times.completionTime,
    })
    expect(renderReport(run, '')).not.toHaveProperty('url')
    expect(renderReport(pull, '').ref).toBe('refs/pull/7/head')
    expect(renderReport({ ...run, spec: { ...run.spec, tag: 'v1' } }, '').ref).toBe('refs/tags/v1')
  })

  it('the place in the file that is wrong', () => {
    expect(renderReport({ ...run, spec: { ...run.spec, rejected } }, page).annotation).toEqual(rejected)
  })

  it('one short line, whatever strangers wrote', () => {
    const message = `step a\nfailed:\u202e ${'😀'.repeat(200)}`
    const { description } = renderReport(within({ phase: 'Failed', message }), page)
    expect(description.length).toBeLessThanOrEqual(140)
    expect(description).toMatch(/^step a failed: 😀/)
    expect(description.isWellFormed()).toBe(true)
    expect(description).not.toMatch(/[\n\u202e]/)
  })

  it('that somebody deleted the run', () => {
    expect(renderDeletion(within({ phase: 'Running' }), page)).toMatchObject({
      state: 'error',
      description: 'the run was deleted',
      context: 'c8s/ci',
    })
  })
})

describe('what is news', () => {
  const pending = within({ phase: 'Pending', reason: 'Starting' })
  const approval = within({ phase: 'Pending', reason: 'ApprovalRequired' })
  const room = within({ phase: 'Pending', reason: 'QuotaExceeded' })
  const running = within({ phase: 'Running', progress: '1/5' })
  const ended = within({ phase: 'Succeeded' })
  const cases: [string, [PipelineRun, Told | undefined], boolean][] = [
    ['a run that nobody has looked at', [run, undefined], false],
    ['the first state', [pending, undefined], true],
    ['the same state', [running, { state: 'running' }], false],
    ['a further state', [running, { state: 'pending' }], true],
    ['the end', [ended, { state: 'running', wording: 'running' }], true],
    ['never a step back', [running, { state: 'success' }], false],
    ['nor to a run that waits', [pending, { state: 'running' }], false],
    ['nor another end', [ended, { state: 'failure' }], false],
    ['that it waits for a person', [approval, { state: 'pending', wording: 'pending' }], true],
    ['that the person came', [pending, { state: 'pending', wording: 'approval' }], true],
    ['that there is no room', [room, { state: 'pending', wording: 'pending' }], true],
    ['not that there is some: it starts', [pending, { state: 'pending', wording: 'room' }], false],
    ['after a restart, only the state', [approval, { state: 'pending' }], false],
  ]
  it.each(cases)('%s', (_name, [of, told], want) => expect(isNews(of, told)).toBe(want))

  it('a state that waits has several words', () => {
    expect([pending, approval, room, running].map(judgeWording)).toEqual(['pending', 'approval', 'room', 'running'])
  })
})

it('what the forge answers is kept as far as it fits', () => {
  expect(renderTaken('success', { id: '1', url: 'u' }, 't')).toEqual({ state: 'success', time: 't', id: '1', url: 'u' })
  expect(renderTaken('success', { id: 'x'.repeat(256), url: 'u'.repeat(2049) }, 't')).toEqual({
    state: 'success',
    time: 't',
  })
})
