import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createValidators } from '../../../crds/validate.ts'
import {
  aComment,
  aCommit,
  anOwnPullRequest,
  aPullRequest,
  aPullRequestEvent,
  aPush,
  aTagPush,
  head,
} from '../../../test/helpers/forge-events.ts'
import type { CommentEvent, PullRequest, PushEvent } from '../../lib/forge-event.ts'
import type { Candidate } from './candidate.ts'
import { describeCommand, describePullRequest, describePush, findCauseProblem, type RunCause } from './cause.ts'
import { type EventRun, planRuns, rejectRun } from './render-run.ts'

const validators = createValidators()
const origin = {
  namespace: 'team',
  connection: 'web',
  provider: 'gitea',
  now: Date.parse('2026-11-21T10:00:00.123Z'),
} as const
const repository = 'https://git.test/team/app'
const spec = { repository, steps: [{ name: 'test', image: 'busybox:1.37', commands: ['true'] }] }
const fromFile: Candidate = { name: 'ci', file: '.c8s.yaml', spec }
const fromConfig: Candidate = { name: 'ci', spec }
const broken: Candidate = {
  name: 'ci',
  file: '.c8s.yaml',
  rejection: { reason: 'ConfigInvalid', message: 'no', line: 3 },
}

function render(cause: RunCause, candidate: Candidate = fromFile): EventRun {
  const [planned] = planRuns([candidate], cause, origin)
  if (planned === undefined) throw new Error('nothing was planned')
  return planned.run
}

describe('the run of an event', () => {
  it('of a push', () => {
    expect(render(describePush(aPush({ before: aCommit('b'), url: 'https://git.test/x', isPrivate: true })))).toEqual({
      apiVersion: 'c8s.dev/v1alpha1',
      kind: 'PipelineRun',
      metadata: { name: expect.stringMatching(/^ci-aaaaaaa-[a-z0-9]{10}$/) as string, namespace: 'team' },
      spec: {
        pipelineSpec: spec,
        commit: head,
        branch: 'main',
        triggeredBy: 'gitea:alice',
        event: {
          type: 'push',
          connection: 'web',
          pipeline: 'ci',
          file: '.c8s.yaml',
          delivery: 'delivery-1',
          sender: 'alice',
          receivedAt: '2026-11-21T10:00:00.123Z',
          title: 'Add a thing',
          url: 'https://git.test/x',
          before: aCommit('b'),
          private: true,
        },
      },
    })
  })

  it('of a tag, a fork, an own branch, a command', () => {
    const comment = aComment('/test ci', { author: '42', sender: 'bob' })
    const command = { kind: 'test', argument: 'ci', text: '/test ci' } as const
    const specs = [
      describePush(aTagPush('v1')),
      describePullRequest(aPullRequest(), aPullRequestEvent()),
      describePullRequest(anOwnPullRequest(), aPullRequestEvent()),
      describeCommand(command, aPullRequest(), comment),
    ].map((cause) => render(cause).spec)
    expect(specs[0]).toMatchObject({ tag: 'v1', event: { type: 'tag' } })
    expect(specs[0]).not.toHaveProperty('branch')
    expect(specs[1]).toMatchObject({
      triggeredBy: 'gitea:mallory',
      event: {
        type: 'pullRequest',
        title: 'Add a thing',
        pullRequest: { number: 7, fork: true, ref: 'refs/pull/7/head' },
      },
    })
    expect(specs[1]).not.toHaveProperty('branch')
    expect(specs[2]).toMatchObject({ branch: 'feature/thing', event: { pullRequest: { fork: false } } })
    expect(specs[3]).toMatchObject({ triggeredBy: 'gitea:bob', event: { type: 'pullRequest', command: '/test ci' } })
  })

  it('refers to a config, and tells why a broken pipeline cannot run', () => {
    const cause = describePush(aPush())
    expect(render(cause, fromConfig).spec).toMatchObject({ pipelineConfigRef: 'ci' })
    expect(render(cause, fromConfig).spec).not.toHaveProperty('pipelineSpec')
    expect(render(cause, broken).spec).toMatchObject({ rejected: { reason: 'ConfigInvalid', line: 3 } })
    expect(render(cause, broken).metadata.name).not.toBe(render(cause).metadata.name)
  })

  it('that the API server refuses becomes the one of a broken pipeline', () => {
    const rejection = { reason: 'SecretForbidden', message: 'no', file: '.c8s.yaml', line: 7 }
    for (const planned of planRuns([fromFile, fromConfig], describePush(aPush()), origin)) {
      const run = rejectRun(planned, rejection)
      expect(run.spec).toMatchObject({ rejected: rejection, commit: head, branch: 'main', event: { pipeline: 'ci' } })
      expect(run.metadata.name).toBe(render(describePush(aPush()), broken).metadata.name)
      expect(validators.validatePipelineRun(run).errors).toEqual([])
    }
  })

  it('names nobody where nobody is known', () => {
    const { sender: _, ...found } = aPush()
    const { triggeredBy, event } = render(describePush(found)).spec
    expect([triggeredBy, event.sender]).toEqual([undefined, undefined])
  })
})

describe('what has one name', () => {
  const names = (...causes: readonly RunCause[]) => new Set(causes.map((cause) => render(cause).metadata.name)).size
  const pulled = (change: Partial<PullRequest>) => describePullRequest(aPullRequest(change), aPullRequestEvent())
  const asked = (text: string, change: Partial<CommentEvent> = {}) => {
    return describeCommand({ kind: 'test', text }, aPullRequest(), aComment(text, change))
  }

  it('is the same commit of the same branch, whoever told it and how', () => {
    const found = {
      delivery: 'head:refs/heads/main',
      sender: 'c8s',
      before: aCommit('c'),
      url: 'https://x',
      title: 'y',
    }
    expect(names(describePush(aPush()), describePush(aPush(found)))).toBe(1)
    expect(names(pulled({}), pulled({ title: 'x', author: 'y', branch: 'z' }))).toBe(1)
    expect(names(asked('/test'), asked('/test ci'), asked('/retest', { delivery: 'again' }))).toBe(1)
  })

  it('is nothing else', () => {
    const main = describePush(aPush())
    const branch = describePush(aPush({ ref: { kind: 'branch', name: 'dev' } }))
    const commit = describePush(aPush({ commit: aCommit('b') }))
    const comment = asked('/test', { comment: '4712' })
    const all = [
      main,
      branch,
      commit,
      describePush(aTagPush('main')),
      pulled({}),
      pulled({ number: 8 }),
      asked('/test'),
      comment,
    ]
    expect(names(...all)).toBe(all.length)
  })
})

const nasty = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.constantFrom(
    '--upload-pack',
    '-x',
    '__proto__',
    'constructor',
    'refs/heads/main',
    'a..b',
    'a\nb',
    '\u202E',
    '\uD800',
    '',
  ),
  fc.constantFrom('x'.repeat(10_000), '😀'.repeat(5000), 'https://u:p@git.test/x', 'javascript:alert(1)', 'a/b.lock'),
)
const sometimes = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 4, arbitrary: usual }, { weight: 1, arbitrary: odd })
const commit = sometimes(fc.stringMatching(/^[0-9a-f]{40}$/), nasty)
const ref = sometimes(fc.constantFrom('main', 'feature/login', 'дом', 'v1.0'), nasty)
const texts = { delivery: nasty, name: nasty, sender: nasty, url: nasty, isPrivate: fc.boolean() }
const pushes: fc.Arbitrary<PushEvent> = fc.record({
  ...texts,
  kind: fc.constant('push'),
  ref: fc.record({ kind: fc.constantFrom('branch', 'tag'), name: ref }),
  commit,
  before: commit,
  message: nasty,
})
const pullRequests: fc.Arbitrary<PullRequest> = fc.record({
  number: sometimes(fc.integer({ min: 1 }), fc.constantFrom(0, -1, 1.5, Number.NaN, 2 ** 60)),
  title: nasty,
  author: nasty,
  isFork: fc.boolean(),
  commit,
  branch: ref,
  targetBranch: ref,
  ref: sometimes(fc.constant('refs/pull/7/head'), nasty),
  headRepository: nasty,
  url: nasty,
})
const causes: fc.Arbitrary<RunCause> = fc.oneof(
  pushes.map(describePush),
  pullRequests.map((pullRequest) => describePullRequest(pullRequest, aPullRequestEvent())),
  fc
    .tuple(pullRequests, nasty, nasty)
    .map(([pullRequest, text, author]) =>
      describeCommand({ kind: 'test', text }, pullRequest, aComment('', { author, comment: text })),
    ),
)

describe('whatever strangers send', () => {
  it('gives a run that the schema takes, or a sentence why there is none', () => {
    let taken = 0
    fc.assert(
      fc.property(causes, fc.constantFrom(fromFile, fromConfig, broken), (cause, candidate) => {
        const problem = findCauseProblem(cause)
        if (problem !== undefined) {
          expect(problem).toMatchObject({ verdict: 'Ignored' })
          expect(problem.message).not.toMatch(/[\p{Cc}\p{Cf}]/u)
          return
        }
        taken += 1
        const run = render(cause, candidate)
        expect(validators.validatePipelineRun(structuredClone(run)).errors).toEqual([])
        expect(JSON.stringify(run).isWellFormed()).toBe(true)
      }),
      { numRuns: 500 },
    )
    expect(taken).toBeGreaterThan(50)
  })

  it.each([
    ['--upload-pack', 'RefUnsupported'],
    ['-x', 'RefUnsupported'],
    ['a..b', 'RefUnsupported'],
    ['a b', 'RefUnsupported'],
    ['refs/heads/main', 'RefUnsupported'],
    ['x'.repeat(256), 'RefUnsupported'],
    ['__proto__', undefined],
    ['a/b/c', undefined],
    ['дом', undefined],
  ])('a branch called %j', (name, reason) => {
    expect(findCauseProblem(describePush(aPush({ ref: { kind: 'branch', name } })))?.reason).toBe(reason)
    expect(findCauseProblem(describePullRequest(aPullRequest({ branch: name }), aPullRequestEvent()))?.reason).toBe(
      reason,
    )
  })

  it.each(['abc1234', '', 'A'.repeat(40), 'g'.repeat(40), 'a'.repeat(41)])('a commit that is none: %j', (text) => {
    expect(findCauseProblem(describePush(aPush({ commit: text })))?.reason).toBe('CommitInvalid')
  })
})
