import { describe, expect, it } from 'vitest'
import type { Conditional } from '../../../crds/parts/conditional.ts'
import type { Triggers } from '../../../crds/parts/triggers.ts'
import type { PipelineSpec } from '../../../crds/pipeline-config.ts'
import {
  anOwnPullRequest,
  aPullRequest,
  aPullRequestEvent,
  aPush,
  aTagPush,
} from '../../../test/helpers/forge-events.ts'
import type { Candidate } from './candidate.ts'
import { isForPullRequest, type StartingEvent, selectPipelines } from './select.ts'

const steps: PipelineSpec['steps'] = [{ name: 'test', image: 'busybox:1.37', commands: ['true'] }]
const pipeline = (fields: Partial<PipelineSpec> = {}): Candidate => ({
  name: 'ci',
  spec: { repository: 'https://git.test/team/app', steps, ...fields },
})
const triggered = (triggers: Triggers, fields: Partial<PipelineSpec> = {}) => pipeline({ triggers, ...fields })
const withStep = (conditional: Conditional) => pipeline({ steps: steps.map((step) => ({ ...step, conditional })) })
const broken: Candidate = { name: 'ci', file: '.c8s.yaml', rejection: { reason: 'ConfigInvalid', message: 'bad' } }

const branch = (name: string, more = {}) => aPush({ ref: { kind: 'branch', name }, ...more })
const own = (from: string, into = 'main') => aPullRequestEvent(anOwnPullRequest({ branch: from, targetBranch: into }))
const fork = (from: string, into = 'main') => aPullRequestEvent(aPullRequest({ branch: from, targetBranch: into }))
const saying = (message: string) => aPush({ message })

type Row = readonly [
  what: string,
  event: StartingEvent,
  candidate: Candidate,
  /** Why it does not start; starts where it does. */
  reason: string,
  changes?: readonly string[] | undefined,
]

const pushes: readonly Row[] = [
  ['a push, nothing said', branch('main'), pipeline(), 'starts'],
  ['a push to one of the branches', branch('main'), pipeline({ branches: ['main'] }), 'starts'],
  ['a push to another branch', branch('dev'), pipeline({ branches: ['main'] }), 'BranchNotNamed'],
  ['a push to a branch of a glob', branch('release-1.2'), pipeline({ branches: ['main', 'release-*'] }), 'starts'],
  ['a glob that stops at a slash', branch('a/b'), pipeline({ branches: ['a*'] }), 'BranchNotNamed'],
  ['a glob over slashes', branch('a/b/c'), pipeline({ branches: ['a/**'] }), 'starts'],
  ['no branch at all', branch('main'), pipeline({ branches: [] }), 'BranchNotNamed'],
  ['no trigger at all', branch('main'), triggered({}), 'NoTrigger'],
  ['only pull requests', branch('main'), triggered({ pullRequest: {} }), 'NoTrigger'],
  ['only tags', branch('main'), triggered({ tag: {} }), 'NoTrigger'],
  ['only schedules', branch('main'), triggered({ schedules: [{ cron: '@daily' }] }), 'NoTrigger'],
  ['push given', branch('dev'), triggered({ push: {} }), 'starts'],
  [
    'push given, branches of the pipeline',
    branch('dev'),
    triggered({ push: {} }, { branches: ['main'] }),
    'BranchNotNamed',
  ],
  [
    'push has branches of its own',
    branch('dev'),
    triggered({ push: { branches: ['dev'] } }, { branches: ['main'] }),
    'starts',
  ],
  [
    'its own branches count alone',
    branch('main'),
    triggered({ push: { branches: ['dev'] } }, { branches: ['main'] }),
    'BranchNotNamed',
  ],
  ['a branch called __proto__', branch('__proto__'), pipeline({ branches: ['main'] }), 'BranchNotNamed'],
  ['a broken pipeline', branch('anything'), broken, 'starts'],
]

const tags: readonly Row[] = [
  ['a tag, nothing said', aTagPush('v1'), pipeline(), 'NoTrigger'],
  ['a tag, no trigger at all', aTagPush('v1'), triggered({}), 'NoTrigger'],
  ['a tag, push given', aTagPush('v1'), triggered({ push: {} }), 'NoTrigger'],
  ['a tag, tag given', aTagPush('v1'), triggered({ tag: {} }), 'starts'],
  ['a tag of a glob', aTagPush('v1.2'), triggered({ tag: { tags: ['v*'] } }), 'starts'],
  ['another tag', aTagPush('nightly'), triggered({ tag: { tags: ['v*'] } }), 'TagNotNamed'],
  ['branches do not count for tags', aTagPush('v1'), triggered({ tag: {} }, { branches: ['main'] }), 'starts'],
  ['a tag called like a branch', aTagPush('main'), pipeline({ branches: ['main'] }), 'NoTrigger'],
  ['a tag of a broken pipeline', aTagPush('v1'), broken, 'ConfigInvalid'],
]

const pullRequests: readonly Row[] = [
  ['a fork, nothing said', fork('main'), pipeline(), 'starts'],
  ['a fork, whatever its branch is called', fork('main'), pipeline({ branches: ['main'] }), 'starts'],
  ['an own branch whose push starts it', own('feature'), pipeline(), 'StartedByPush'],
  ['an own branch of the branches', own('dev'), pipeline({ branches: ['dev', 'main'] }), 'StartedByPush'],
  ['an own branch whose push does not', own('feature'), pipeline({ branches: ['main'] }), 'starts'],
  ['a fork, no trigger at all', fork('x'), triggered({}), 'NoTrigger'],
  ['a fork, only pushes', fork('x'), triggered({ push: {} }), 'NoTrigger'],
  ['a fork, pull requests given', fork('x'), triggered({ pullRequest: {} }), 'starts'],
  ['an own branch, both given', own('feature'), triggered({ push: {}, pullRequest: {} }), 'starts'],
  ['into a branch of the trigger', fork('x', 'main'), triggered({ pullRequest: { branches: ['main'] } }), 'starts'],
  ['into another', fork('x', 'dev'), triggered({ pullRequest: { branches: ['main'] } }), 'BranchNotNamed'],
  [
    'from a branch of that name',
    fork('main', 'dev'),
    triggered({ pullRequest: { branches: ['main'] } }),
    'BranchNotNamed',
  ],
  [
    'branches of the pipeline are not its targets',
    fork('x', 'dev'),
    triggered({ pullRequest: {} }, { branches: ['main'] }),
    'starts',
  ],
  ['opened', aPullRequestEvent(aPullRequest(), 'opened'), pipeline(), 'starts'],
  ['a broken pipeline of a fork', fork('x'), broken, 'starts'],
  ['a broken pipeline of an own branch', own('feature'), broken, 'StartedByPush'],
]

const docsOnly = { push: { ignorePaths: ['docs/**', '*.md'] } }
const srcOnly = { push: { paths: ['src/**'] } }
const both = { push: { paths: ['src/**'], ignorePaths: ['src/**/*.md'] } }
const paths: readonly Row[] = [
  ['a file of the paths', branch('main'), triggered(srcOnly), 'starts', ['README.md', 'src/a.ts']],
  ['no file of the paths', branch('main'), triggered(srcOnly), 'PathsNotChanged', ['README.md', 'test/src/a.ts']],
  ['nobody can tell', branch('main'), triggered(srcOnly), 'starts', undefined],
  ['nothing changed, paths', branch('main'), triggered(srcOnly), 'PathsNotChanged', []],
  ['nothing changed, ignored paths', branch('main'), triggered(docsOnly), 'starts', []],
  ['only ignored files', branch('main'), triggered(docsOnly), 'PathsNotChanged', ['docs/a/b.txt', 'README.md']],
  ['one file that is not ignored', branch('main'), triggered(docsOnly), 'starts', ['docs/a', 'src/a.ts']],
  ['a glob that stops at a slash', branch('main'), triggered(docsOnly), 'starts', ['sub/README.md']],
  ['both, wanted', branch('main'), triggered(both), 'starts', ['src/a.md', 'src/a.ts']],
  ['both, wanted but ignored', branch('main'), triggered(both), 'PathsNotChanged', ['src/a/b.md', 'docs/x']],
  ['paths of the other trigger', fork('x'), triggered({ ...srcOnly, pullRequest: {} }), 'starts', ['README.md']],
  [
    'a pull request with paths',
    fork('x'),
    triggered({ pullRequest: { paths: ['src/**'] } }),
    'PathsNotChanged',
    ['README.md'],
  ],
  ['a tag has no paths', aTagPush('v1'), triggered({ tag: {}, ...srcOnly }), 'starts', ['README.md']],
  [
    'a branch that is not wanted anyhow',
    branch('x'),
    triggered(srcOnly, { branches: ['main'] }),
    'BranchNotNamed',
    ['src/a'],
  ],
]

const marks: readonly Row[] = [
  ['[skip ci]', saying('Fix [skip ci]'), pipeline(), 'SkipMark'],
  ['[ci skip] in the body', saying('Fix\n\nlong story\n[ci skip]'), pipeline(), 'SkipMark'],
  ['[no ci]', saying('[no ci] Fix'), pipeline(), 'SkipMark'],
  ['[skip c8s]', saying('x [skip c8s]'), pipeline(), 'SkipMark'],
  ['in capitals', saying('[SKIP CI]'), pipeline(), 'SkipMark'],
  ['other words', saying('skip ci, [skip], [skip cid]'), pipeline(), 'starts'],
  ['ignored', saying('[skip ci]'), triggered({ push: {}, ignoreSkipMarks: true }), 'starts'],
  ['a tag', aTagPush('v1', { message: '[skip ci]' }), triggered({ tag: {} }), 'SkipMark'],
  ['a tag, ignored', aTagPush('v1', { message: '[skip ci]' }), triggered({ tag: {}, ignoreSkipMarks: true }), 'starts'],
  ['a pull request’s title', fork('x'), pipeline(), 'starts'],
  ['a broken pipeline', saying('[skip ci]'), broken, 'SkipMark'],
  ['another branch', branch('x', { message: '[skip ci]' }), pipeline({ branches: ['main'] }), 'BranchNotNamed'],
]

describe.each([
  ['pushes to branches', pushes],
  ['tags', tags],
  ['pull requests', pullRequests],
  ['changed files', paths],
  ['skip marks', marks],
])('%s', (_, rows) => {
  it.each(rows.map((row) => ({ what: row[0], row })))('$what', ({ row: [, event, candidate, want, changes] }) => {
    const { started, skipped } = selectPipelines(event, [candidate], changes)
    expect(started.length === 1 ? 'starts' : skipped[0]?.reason).toBe(want)
    for (const { message } of skipped) expect(message).toMatch(/^ci is \S.*[^.]$/)
  })
})

describe('selectPipelines', () => {
  it('judges each pipeline for itself', () => {
    const named = ['a', 'b', 'c'].map((name, index) => ({
      ...pipeline({ branches: [['main'], ['dev'], ['*']][index] ?? [] }),
      name,
    }))
    const { started, skipped } = selectPipelines(branch('main'), named)
    expect(started.map(({ name }) => name)).toEqual(['a', 'c'])
    expect(skipped.map(({ message }) => message)).toEqual(['b is not started by pushes to "main"'])
  })

  it.each<readonly [string, Candidate, StartingEvent, readonly string[] | undefined, boolean]>([
    ['a filter that could leave it out', triggered(srcOnly), branch('main'), undefined, true],
    ['the files are known', triggered(srcOnly), branch('main'), ['x'], false],
    ['no filter', triggered({ push: {} }), branch('main'), undefined, false],
    ['left out already', triggered(srcOnly, { branches: ['main'] }), branch('dev'), undefined, false],
    ['a step that asks for them', withStep({ paths: ['src/**'] }), branch('main'), undefined, true],
    ['a step that does not', withStep({ branch: 'main' }), branch('main'), undefined, false],
    ['a filter of another trigger', triggered({ ...srcOnly, pullRequest: {} }), fork('x'), undefined, false],
  ])('asks for the changed files only where they count: %s', (...[, candidate, event, changes, want]) => {
    expect(selectPipelines(event, [candidate], changes).needsChanges).toBe(want)
  })

  it('starts what would take too long to filter', () => {
    const globs = Array.from({ length: 100 }, (_, index) => '**a'.repeat(60) + String(index))
    const changes = Array.from({ length: 3000 }, (_, index) => 'a'.repeat(1000) + String(index))
    const start = performance.now()
    expect(selectPipelines(branch('main'), [triggered({ push: { paths: globs } })], changes).started).toHaveLength(1)
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('isForPullRequest', () => {
  it.each([
    ['nothing said', pipeline(), true],
    ['no trigger at all', triggered({}), false],
    ['only pushes', triggered({ push: {} }), false],
    ['pull requests', triggered({ pullRequest: { paths: ['src/**'] } }), true],
    ['into another branch', triggered({ pullRequest: { branches: ['dev'] } }), false],
    ['broken', broken, true],
  ])('%s', (_, candidate, want) => {
    expect(isForPullRequest(candidate, 'main')).toBe(want)
  })
})
