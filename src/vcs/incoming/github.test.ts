import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import examples from '@octokit/webhooks-examples' with { type: 'json' }
import { describe, expect, test } from 'vitest'
import { toBody, withValues } from '../../../test/helpers/forge-deliveries.ts'
import type { ParsedDelivery } from '../../lib/forge-event.ts'
import { github } from './github.ts'
import { findRepositoryHints } from './hints.ts'

interface Examples {
  readonly name: string
  readonly examples: readonly Record<string, unknown>[]
}

const all = examples as unknown as readonly Examples[]

/** Those of older versions of the server lie beside them. */
function listServerExamples(): readonly Examples[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@octokit/webhooks-examples')), '..')
  const versions = readdirSync(folder).filter((name) => name.startsWith('ghes-'))
  return versions.flatMap((version) => {
    const found = JSON.parse(readFileSync(join(folder, version, 'index.json'), 'utf8')) as readonly Examples[]
    return found.map((one) => ({ ...one, name: `${one.name} of ${version}` }))
  })
}

/** One of the published payloads. */
function example(name: string, isWanted: (payload: Record<string, unknown>) => boolean = () => true) {
  const found = all.find((one) => one.name === name)?.examples.find(isWanted)
  if (found === undefined) throw new Error(`there is no example of ${name}`)
  return found
}

const A = '1111111111111111111111111111111111111111'
const B = '2222222222222222222222222222222222222222'
const C = '3333333333333333333333333333333333333333'
const zeros = '0'.repeat(40)
const commit = (id: string, values = {}) => ({
  id,
  message: `Commit ${id}`,
  distinct: true,
  added: [`add/${id}`],
  modified: ['README.md'],
  removed: [],
  ...values,
})

const pushed = withValues(
  example('push', ({ created }) => created === true),
  {
    ref: 'refs/heads/feature/login',
    before: A,
    after: C,
    created: false,
    head_commit: commit(C),
    commits: [commit(B), commit(C)],
    compare: 'https://github.com/Codertocat/Hello-World/compare/1...3',
  },
)
const opened = example('pull_request', ({ action }) => action === 'opened')
const commented = withValues(
  example('issue_comment', ({ action }) => action === 'created'),
  {
    'issue.pull_request': { url: 'https://api.github.com/repos/Codertocat/Hello-World/pulls/1' },
    'comment.body': '/test unit',
  },
)

function parse(event: string | undefined, payload: unknown): ParsedDelivery {
  const headers = { 'content-type': 'application/json', 'x-github-event': event, 'x-github-delivery': 'd-1' }
  return github.parse({ headers, body: toBody(payload) })
}

const push = (values: Readonly<Record<string, unknown>> = {}) => parse('push', withValues(pushed, values))
const pull = (values: Readonly<Record<string, unknown>> = {}) => parse('pull_request', withValues(opened, values))
const comment = (values: Readonly<Record<string, unknown>> = {}) =>
  parse('issue_comment', withValues(commented, values))

test('a push tells everything', () => {
  expect(push()).toEqual({
    kind: 'event',
    repositories: [
      'https://github.com/Codertocat/Hello-World.git',
      'git@github.com:Codertocat/Hello-World.git',
      'https://github.com/Codertocat/Hello-World',
      'git://github.com/Codertocat/Hello-World.git',
    ],
    events: [
      {
        kind: 'push',
        delivery: 'd-1',
        name: 'push',
        sender: 'Codertocat',
        isPrivate: false,
        defaultBranch: 'master',
        url: 'https://github.com/Codertocat/Hello-World/compare/1...3',
        ref: { kind: 'branch', name: 'feature/login' },
        commit: C,
        before: A,
        message: `Commit ${C}`,
        changes: [`add/${B}`, 'README.md', `add/${C}`],
      },
    ],
  })
})

describe('pushes', () => {
  const files = Array.from({ length: 300 }, (_, index) => `f${index}`)
  const without = { changes: undefined }
  test.each<readonly [string, Record<string, unknown>, object]>([
    [
      'a new branch has no commit before, and its changes depend on the base',
      { before: zeros, created: true },
      { before: undefined, ...without },
    ],
    ['a forced one', { forced: true }, without],
    ['of as many commits as are ever told', { commits: Array.from({ length: 2048 }, () => commit(C)) }, without],
    ['of as many commits as old servers tell', { commits: Array.from({ length: 20 }, () => commit(C)) }, without],
    ['of 21', { commits: Array.from({ length: 21 }, () => commit(C)) }, { changes: [`add/${C}`, 'README.md'] }],
    ['that brings commits of another branch', { commits: [commit(B, { distinct: false }), commit(C)] }, without],
    ['whose commits do not end with its last', { commits: [commit(B)] }, without],
    ['without commits', { commits: [] }, without],
    ['of a commit with too many files', { commits: [commit(C, { added: files })] }, without],
    ['of a commit without lists of files', { commits: [commit(C, { added: undefined })] }, without],
    ['of a commit with a file that is no text', { commits: [commit(C, { added: [7] })] }, without],
    [
      'a tag',
      { ref: 'refs/tags/v1.0.0', before: zeros, after: C, created: true },
      { ref: { kind: 'tag', name: 'v1.0.0' }, ...without },
    ],
    [
      'an annotated tag: the commit it names',
      { ref: 'refs/tags/v1', after: A, head_commit: commit(C), created: true },
      { commit: C },
    ],
    ['a tag without a commit beside it', { ref: 'refs/tags/v1', after: A, head_commit: null }, { commit: A }],
    ['SHA-256', { after: 'a'.repeat(64), head_commit: null }, { commit: 'a'.repeat(64) }],
    ['of a private repository', { 'repository.private': true }, { isPrivate: true }],
    ['without a sender', { sender: undefined }, { sender: undefined }],
    ['with a page that is none', { compare: 'javascript:alert(1)' }, { url: undefined }],
    [
      'a branch called like an object of JavaScript',
      { ref: 'refs/heads/__proto__' },
      { ref: { kind: 'branch', name: '__proto__' } },
    ],
  ])('%s', (_, values, expected) => {
    const parsed = push(values)
    expect(parsed).toMatchObject({ kind: 'event' })
    const [event] = parsed.kind === 'event' ? parsed.events : []
    for (const [name, value] of Object.entries(expected)) expect(event?.[name as keyof typeof event]).toEqual(value)
  })

  test.each([
    ['a deleted branch', { deleted: true, after: zeros, head_commit: null }],
    ['zeros alone', { deleted: undefined, after: zeros }],
  ])('%s', (_, values) => {
    expect(push(values)).toMatchObject({
      kind: 'event',
      events: [{ kind: 'deletion', ref: { kind: 'branch', name: 'feature/login' }, delivery: 'd-1', name: 'push' }],
    })
  })

  test.each([
    ['of a ref that is neither', { ref: 'refs/pull/7/head' }],
    ['of a name with a dash first', { ref: 'refs/heads/-x' }],
    ['of a name with a control character', { ref: 'refs/heads/a\u001bb' }],
    ['of a name without end', { ref: `refs/heads/${'x'.repeat(256)}` }],
  ])('%s is ignored', (_, values) =>
    expect(push(values)).toMatchObject({ kind: 'ignored', delivery: 'd-1', name: 'push' }),
  )
})

describe('pull requests', () => {
  test('opened in the repository itself', () => {
    expect(pull()).toMatchObject({
      kind: 'event',
      events: [
        {
          kind: 'pullRequest',
          action: 'opened',
          sender: 'Codertocat',
          pullRequest: {
            number: 2,
            title: 'Update the README with new information.',
            author: 'Codertocat',
            isFork: false,
            commit: 'ec26c3e57ca3a959ca5aad62de7213c562f8c821',
            branch: 'changes',
            targetBranch: 'master',
            ref: 'refs/pull/2/head',
            url: 'https://github.com/Codertocat/Hello-World/pull/2',
          },
        },
      ],
    })
  })

  const fork = { full_name: 'mallory/Hello-World', clone_url: 'https://github.com/mallory/Hello-World.git' }
  test.each<readonly [string, Record<string, unknown>, object]>([
    ['reopened', { action: 'reopened' }, { action: 'opened' }],
    ['with new commits', { action: 'synchronize' }, { action: 'updated' }],
    ['with another target', { action: 'edited', changes: { base: { ref: { from: 'main' } } } }, { action: 'updated' }],
    ['closed', { action: 'closed' }, { action: 'closed' }],
    ['merged', { action: 'closed', 'pull_request.merged': true }, { action: 'closed' }],
    [
      'from a fork',
      { 'pull_request.head.repo': fork },
      { pullRequest: { isFork: true, headRepository: fork.clone_url } },
    ],
    [
      'from a branch of a fork called like ours',
      { 'pull_request.head.repo': fork, 'pull_request.head.ref': 'master' },
      { pullRequest: { isFork: true, branch: 'master' } },
    ],
    ['from a fork that is gone', { 'pull_request.head.repo': null }, { pullRequest: { isFork: true } }],
    [
      'from a fork with an address that is none',
      { 'pull_request.head.repo': { ...fork, clone_url: 'ext::sh' } },
      { pullRequest: { isFork: true } },
    ],
  ])('%s', (_, values, event) => expect(pull(values)).toMatchObject({ kind: 'event', events: [event] }))

  test('an address that is none, and a head in the repository itself, are left out', () => {
    for (const values of [{ 'pull_request.head.repo': { ...fork, clone_url: 'ext::sh' } }, {}]) {
      const parsed = pull(values)
      const [event] = parsed.kind === 'event' ? parsed.events : []
      expect(event?.kind === 'pullRequest' && 'headRepository' in event.pullRequest).toBe(false)
    }
  })

  test.each(['labeled', 'assigned', 'ready_for_review', 'converted_to_draft', 'edited', 'locked', 'constructor'])(
    '%s is ignored',
    (action) => expect(pull({ action })).toMatchObject({ kind: 'ignored', name: 'pull_request' }),
  )
})

describe('comments', () => {
  test('a new one on a pull request', () => {
    expect(comment()).toMatchObject({
      kind: 'event',
      events: [
        {
          kind: 'comment',
          number: 1,
          comment: '492700400',
          text: '/test unit',
          createdAt: '2019-05-15T15:20:21.000Z',
          author: 'Codertocat',
        },
      ],
    })
  })

  test.each([
    ['edited', { action: 'edited' }],
    ['deleted', { action: 'deleted' }],
    ['on an issue', { 'issue.pull_request': undefined }],
    ['on an issue, said by null', { 'issue.pull_request': null }],
  ])('%s is ignored', (_, values) => expect(comment(values)).toMatchObject({ kind: 'ignored' }))
})

test('a ping', () => {
  expect(parse('ping', example('ping'))).toMatchObject({
    kind: 'ping',
    delivery: 'd-1',
    repositories: expect.arrayContaining(['https://github.com/Octocoders/Hello-World']) as unknown,
  })
  expect(parse('ping', { zen: 'x', hook: {} })).toEqual({ kind: 'ping', delivery: 'd-1', repositories: [] })
})

test.each(['create', 'delete', 'check_run', 'check_suite', 'star', 'pull_request_review_comment', 'some_new.event'])(
  '%s is ignored with a reason',
  (event) => {
    expect(parse(event, { repository: { clone_url: 'https://github.com/a/b.git' } })).toEqual({
      kind: 'ignored',
      delivery: 'd-1',
      name: event,
      repositories: ['https://github.com/a/b.git'],
      message: expect.stringMatching(/^[a-z].{10,120}$/) as unknown,
    })
  },
)

test.each<readonly [string, ParsedDelivery, string]>([
  ['no event', parse(undefined, pushed), 'the header x-github-event is missing'],
  ['an event that is no word', parse('pu\nsh', pushed), 'the header x-github-event is not the name of an event'],
  ['no JSON', parse('push', '{"ref":'), 'the body is not a JSON object'],
  ['a list', parse('push', '[]'), 'the body is not a JSON object'],
  ['null', parse('push', 'null'), 'the body is not a JSON object'],
  ['nothing', parse('push', ''), 'the body is not a JSON object'],
  ['no ref', push({ ref: undefined }), 'ref is missing'],
  ['a ref that is a number', push({ ref: 7 }), 'ref is not a text'],
  ['no commit', push({ after: 'main' }), 'after is not a commit'],
  ['a short commit', push({ after: C.slice(0, 12) }), 'after is not a commit'],
  ['a commit in upper case', push({ after: 'A'.repeat(40) }), 'after is not a commit'],
  ['no repository', push({ repository: {} }), 'the delivery does not say where its repository is'],
  ['no action', pull({ action: undefined }), 'action is missing'],
  ['no number', pull({ 'pull_request.number': '2' }), 'pull_request.number is not a whole number from 1'],
  ['number 0', pull({ 'pull_request.number': 0 }), 'pull_request.number is not a whole number from 1'],
  ['no head', pull({ 'pull_request.head': null }), 'pull_request.head.sha is missing'],
  ['a comment at no time', comment({ 'comment.created_at': 'soon' }), 'comment.created_at is not a time'],
])('%s is malformed', (_, parsed, message) => expect(parsed).toEqual({ kind: 'malformed', message }))

test('what only a prototype has does not count', () => {
  const parsed = parse('push', '{"__proto__":{"ref":"refs/heads/main"},"constructor":{"ref":1}}')
  expect(parsed).toEqual({ kind: 'malformed', message: 'ref is missing' })
})

test('a form tells the same as JSON', () => {
  const form = new URLSearchParams({ payload: JSON.stringify(pushed) }).toString()
  const headers = { 'x-github-event': 'push', 'x-github-delivery': 'd-1' }
  for (const type of ['application/x-www-form-urlencoded', 'Application/X-WWW-Form-Urlencoded; charset=utf-8']) {
    expect(github.parse({ headers: { ...headers, 'content-type': type }, body: toBody(form) })).toEqual(push())
  }
  const empty = { headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: toBody('a=1') }
  expect(github.parse(empty)).toEqual({ kind: 'malformed', message: 'the form has no field payload' })
})

test('without an id the digest of the body is one', () => {
  const parsed = github.parse({ headers: { 'x-github-event': 'ping' }, body: toBody('{}') })
  const digest = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
  expect(parsed).toEqual({ kind: 'ping', repositories: [], delivery: `sha256:${digest}` })
})

describe.each([...all, ...listServerExamples()])('the published examples of $name', ({ name, examples }) => {
  const event = name.replace(/ of .*/, '')

  test('are understood', () => {
    for (const payload of examples) expect(parse(event, payload).kind).toMatch(/^(event|ping|ignored)$/)
  })

  test('name their repository also to who does not parse', () => {
    for (const payload of examples) {
      const parsed = parse(event, payload)
      const hints = findRepositoryHints({ headers: {}, body: toBody(payload) })
      if (parsed.kind === 'event') expect(parsed.repositories.some((url) => hints.includes(url))).toBe(true)
    }
  })
})
