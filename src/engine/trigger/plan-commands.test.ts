import { describe, expect, it } from 'vitest'
import type { Triggers } from '../../../crds/parts/triggers.ts'
import { aComment, aCommit, anOwnPullRequest, aPullRequest, head } from '../../../test/helpers/forge-events.ts'
import { aKnownRun } from '../../../test/helpers/known-run.ts'
import type { PullRequest } from '../../lib/forge-event.ts'
import type { Candidate } from './candidate.ts'
import { parseCommands } from './commands.ts'
import { needsCandidates, planCommands } from './plan-commands.ts'
import type { EventRun } from './render-run.ts'

const old = aCommit('b')

function candidate(name: string, triggers?: Triggers): Candidate {
  const steps = [{ name: 'test', image: 'busybox:1.37', commands: ['true'] }]
  return {
    name,
    file: `.c8s/${name}.yaml`,
    spec: { repository: 'https://git.test/team/app', steps, ...(triggers && { triggers }) },
  }
}

const broken: Candidate = { name: 'bad', file: '.c8s/bad.yaml', rejection: { reason: 'ConfigInvalid', message: 'no' } }
const candidates = [
  candidate('unit'),
  candidate('deploy', { push: {} }),
  candidate('docs', { pullRequest: { branches: ['dev'] } }),
  candidate('e2e', { pullRequest: { paths: ['src/**'] } }),
  broken,
]

interface Given {
  readonly runs?: readonly EventRun[]
  readonly pullRequest?: PullRequest
  readonly candidates?: readonly Candidate[]
  readonly createdAt?: string
}

function plan(text: string, given: Given = {}) {
  const { runs = [], pullRequest = aPullRequest(), createdAt = '2026-11-21T10:00:00Z' } = given
  const event = aComment(text, { createdAt })
  const request = {
    commands: parseCommands(text),
    event,
    pullRequest,
    runs,
    now: Date.parse('2026-11-21T10:00:00.500Z'),
    candidates: given.candidates ?? candidates,
  }
  const { start, cancel, approves, findings } = planCommands(request)
  return {
    start: start.map((wanted) => wanted.candidate.name),
    cancel: cancel.map(({ metadata }) => metadata.name),
    approves,
    reasons: findings.map(({ reason }) => reason),
    messages: findings.map(({ message }) => message),
  }
}

describe('/test', () => {
  it.each<readonly [string, string, readonly string[], readonly string[]]>([
    ['all that are for pull requests, filters of paths aside', '/test', ['unit', 'e2e', 'bad'], []],
    ['one by its name', '/test e2e', ['e2e'], []],
    ['one that nothing else starts', '/test deploy', ['deploy'], []],
    ['one that is for other branches', '/test docs', ['docs'], []],
    ['one that is broken, so that it says why', '/test bad', ['bad'], []],
    ['two, and one of them twice', '/test e2e\n/test unit\n/test', ['e2e', 'unit', 'bad'], []],
    ['none of that name', '/test nope', [], ['NoSuchPipeline']],
    ['none called so by JavaScript', '/test constructor', [], ['NoSuchPipeline']],
    ['one that exists beside one that does not', '/test nope\n/test unit', ['unit'], ['NoSuchPipeline']],
  ])('%s', (...[, text, start, reasons]) => {
    expect(plan(text)).toMatchObject({ start, reasons, cancel: [], approves: false })
  })

  it('names the pipelines there are', () => {
    expect(plan('/test nope').messages).toEqual([
      'there is no pipeline "nope": name one of unit, deploy, docs, e2e, bad',
    ])
    expect(plan('/test', { candidates: [candidate('deploy', { push: {} })] }).messages).toEqual([
      'no pipeline is meant for pull requests into "main": name one of deploy',
    ])
  })
})

describe('/retest', () => {
  it.each<readonly [string, readonly EventRun[], readonly string[]]>([
    ['what failed', [aKnownRun({ pipeline: 'unit', phase: 'Failed' })], ['unit']],
    ['what was cancelled', [aKnownRun({ pipeline: 'unit', phase: 'Cancelled' })], ['unit']],
    ['what was broken', [aKnownRun({ pipeline: 'bad', phase: 'Failed' })], ['bad']],
    [
      'what failed after a push',
      [aKnownRun({ pipeline: 'deploy', phase: 'Failed', type: 'push', branch: 'x' })],
      ['deploy'],
    ],
    ['not what succeeded', [aKnownRun({ pipeline: 'unit', phase: 'Succeeded' })], []],
    ['not what goes on', [aKnownRun({ pipeline: 'unit', phase: 'Running' })], []],
    ['not what waits', [aKnownRun({ pipeline: 'unit' })], []],
    ['not what failed at another commit', [aKnownRun({ pipeline: 'unit', phase: 'Failed', commit: old })], []],
    ['not a nightly run', [aKnownRun({ pipeline: 'unit', phase: 'Failed', type: 'schedule', branch: 'main' })], []],
    ['not a pipeline that is gone', [aKnownRun({ pipeline: 'gone', phase: 'Failed' })], []],
    ['nothing', [], []],
    [
      'what failed first and succeeded then',
      [
        aKnownRun({ pipeline: 'unit', phase: 'Succeeded', receivedAt: '2026-11-21T09:00:00.002Z' }),
        aKnownRun({ pipeline: 'unit', phase: 'Failed', receivedAt: '2026-11-21T09:00:00.001Z' }),
      ],
      [],
    ],
    [
      'what succeeded first and failed then',
      [
        aKnownRun({ pipeline: 'unit', phase: 'Failed', receivedAt: '2026-11-21T09:00:00.002Z' }),
        aKnownRun({ pipeline: 'unit', phase: 'Succeeded', receivedAt: '2026-11-21T09:00:00.001Z' }),
      ],
      ['unit'],
    ],
  ])('%s', (_, runs, start) => {
    const reasons = start.length === 0 ? ['NothingToRetest'] : []
    expect(plan('/retest', { runs })).toMatchObject({ start, reasons, cancel: [], approves: false })
  })
})

describe('/cancel', () => {
  const running = aKnownRun({ name: 'running', pipeline: 'unit', phase: 'Running' })
  const pending = aKnownRun({ name: 'pending', pipeline: 'e2e', commit: old })
  const pushed = aKnownRun({ name: 'pushed', pipeline: 'unit', type: 'push', branch: 'feature/thing' })

  it.each<readonly [string, string, Given, readonly string[]]>([
    ['all that go on', '/cancel', { runs: [running, pending] }, ['running', 'pending']],
    ['those of one pipeline', '/cancel e2e', { runs: [running, pending] }, ['pending']],
    ['each once', '/cancel\n/cancel unit', { runs: [running] }, ['running']],
    ['not what has ended', '/cancel', { runs: [aKnownRun({ phase: 'Failed' })] }, []],
    ['not what is being cancelled', '/cancel', { runs: [aKnownRun({ phase: 'Running', cancel: true })] }, []],
    ['not those of another pull request', '/cancel', { runs: [aKnownRun({ number: 8 })] }, []],
    [
      'the push of its head, of an own branch',
      '/cancel',
      { runs: [pushed], pullRequest: anOwnPullRequest() },
      ['pushed'],
    ],
    ['not a push where it comes from a fork', '/cancel', { runs: [pushed] }, []],
    ['not a push of another branch', '/cancel', { runs: [pushed], pullRequest: anOwnPullRequest({ branch: 'x' }) }, []],
    ['not a push of another commit', '/cancel', { runs: [pushed], pullRequest: anOwnPullRequest({ commit: old }) }, []],
    ['not what began long after the comment', '/cancel', { runs: [running], createdAt: '2026-11-21T08:58:59Z' }, []],
    ['what began at about that time', '/cancel', { runs: [running], createdAt: '2026-11-21T08:59:30Z' }, ['running']],
    ['a comment without a time', '/cancel', { runs: [running], createdAt: '' }, ['running']],
    ['a pipeline that is unknown', '/cancel nope', { runs: [running] }, []],
  ])('%s', (...[, text, given, cancel]) => {
    const reasons = cancel.length === 0 ? ['NothingToCancel'] : []
    expect(plan(text, given)).toMatchObject({ cancel, reasons, start: [], approves: false })
  })
})

describe('commands together', () => {
  it('are each carried out', () => {
    const runs = [aKnownRun({ name: 'running', pipeline: 'unit', phase: 'Running' })]
    const asked = plan(`/cancel\n/test unit\n/ok-to-test ${head.slice(0, 7)}\n/retest`, { runs })
    expect(asked).toMatchObject({ start: ['unit'], cancel: ['running'], approves: true, reasons: ['NothingToRetest'] })
  })

  it.each([
    ['/test', true],
    ['/retest', true],
    ['/cancel', false],
    ['/ok-to-test', false],
  ])('the files are needed for %s: %s', (text, want) => {
    expect(needsCandidates(parseCommands(text))).toBe(want)
  })
})
