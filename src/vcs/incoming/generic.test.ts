import { describe, expect, test } from 'vitest'
import { toBody, withValues } from '../../../test/helpers/forge-deliveries.ts'
import type { ParsedDelivery } from '../../lib/forge-event.ts'
import { mostValues } from '../../lib/json-size.ts'
import { generic } from './generic.ts'
import { findRepositoryHints } from './hints.ts'

const A = '4f1c2d3e4b5a69788796a5b4c3d2e1f00112233a'
const B = '9a8b7c6d5e4f30211203f4e5d6c7b8a999887766'
const zeros = '0'.repeat(40)
const repository = 'https://git.example.com/team/web.git'

type Values = Readonly<Record<string, unknown>>
const parse = (payload: unknown): ParsedDelivery =>
  generic.parse({ headers: { 'x-c8s-delivery': 'd-1' }, body: toBody(payload) })

const pushed = {
  event: 'push',
  repository,
  ref: 'main',
  commit: B,
  before: A,
  message: 'Empty the cart',
  changes: ['src/empty.ts', 'README.md'],
  sender: 'ada',
  url: `https://git.example.com/team/web/commit/${B}`,
  private: true,
  defaultBranch: 'main',
}
const opened = {
  event: 'pullRequest',
  repository,
  commit: B,
  sender: 'ada',
  pullRequest: {
    action: 'opened',
    number: 12,
    title: 'Empty the cart',
    author: 'ada',
    fork: true,
    branch: 'feature/cart',
    targetBranch: 'main',
    ref: 'refs/changes/12/head',
    headRepository: 'https://git.example.com/ada/web.git',
    url: 'https://git.example.com/team/web/changes/12',
  },
}
const push = (values: Values = {}) => parse(withValues(pushed, values))
const pull = (values: Values = {}) => parse(withValues(opened, values))

test('a push', () => {
  expect(push()).toEqual({
    kind: 'event',
    repositories: [repository],
    events: [
      {
        kind: 'push',
        delivery: 'd-1',
        name: 'push',
        sender: 'ada',
        url: `https://git.example.com/team/web/commit/${B}`,
        isPrivate: true,
        defaultBranch: 'main',
        ref: { kind: 'branch', name: 'main' },
        commit: B,
        before: A,
        message: 'Empty the cart',
        changes: ['src/empty.ts', 'README.md'],
      },
    ],
  })
})

test('a pull request', () => {
  const { action, fork, ...pullRequest } = opened.pullRequest
  expect(pull()).toEqual({
    kind: 'event',
    repositories: [repository],
    events: [
      {
        kind: 'pullRequest',
        action,
        delivery: 'd-1',
        name: 'pullRequest',
        sender: 'ada',
        pullRequest: { ...pullRequest, isFork: fork, commit: B },
      },
    ],
  })
})

describe('the least that each event needs', () => {
  const base = { delivery: 'd-1' }
  test.each<readonly [object, object]>([
    [
      { event: 'push', ref: 'main', commit: B },
      { ...base, kind: 'push', name: 'push', ref: { kind: 'branch', name: 'main' }, commit: B },
    ],
    [
      { event: 'push', ref: 'refs/heads/a/b', commit: B },
      { ...base, kind: 'push', name: 'push', ref: { kind: 'branch', name: 'a/b' }, commit: B },
    ],
    [
      { event: 'push', ref: 'x', commit: B, before: zeros, message: '', changes: [] },
      { ...base, kind: 'push', name: 'push', ref: { kind: 'branch', name: 'x' }, commit: B, changes: [] },
    ],
    [
      { event: 'push', ref: 'x', commit: B, before: null, message: null, sender: null },
      { ...base, kind: 'push', name: 'push', ref: { kind: 'branch', name: 'x' }, commit: B },
    ],
    [
      { event: 'tag', ref: 'v1', commit: 'a'.repeat(64) },
      { ...base, kind: 'push', name: 'tag', ref: { kind: 'tag', name: 'v1' }, commit: 'a'.repeat(64) },
    ],
    [
      { event: 'tag', ref: 'refs/tags/v1', commit: B },
      { ...base, kind: 'push', name: 'tag', ref: { kind: 'tag', name: 'v1' }, commit: B },
    ],
    [
      { event: 'deletion', ref: 'old' },
      { ...base, kind: 'deletion', name: 'deletion', ref: { kind: 'branch', name: 'old' } },
    ],
    [
      { event: 'deletion', ref: 'refs/tags/v0' },
      { ...base, kind: 'deletion', name: 'deletion', ref: { kind: 'tag', name: 'v0' } },
    ],
    [
      {
        event: 'pullRequest',
        commit: B,
        pullRequest: { action: 'closed', number: 1, fork: false, branch: 'a', targetBranch: 'b' },
      },
      {
        ...base,
        kind: 'pullRequest',
        name: 'pullRequest',
        action: 'closed',
        pullRequest: { number: 1, title: '', isFork: false, commit: B, branch: 'a', targetBranch: 'b' },
      },
    ],
  ])('%j', (payload, event) => {
    expect(parse({ repository, ...payload })).toEqual({ kind: 'event', repositories: [repository], events: [event] })
  })

  test('a ping', () => {
    expect(parse({ event: 'ping', repository })).toEqual({ kind: 'ping', repositories: [repository], delivery: 'd-1' })
  })
})

test.each([
  'ssh://git@git.example.com:2222/team/web.git',
  'git@git.example.com:team/web.git',
  'git://git.example.com/web',
])('the repository %s', (url) => {
  const payload = withValues(pushed, { repository: url })
  expect(parse(payload)).toMatchObject({ kind: 'event', repositories: [url] })
  expect(findRepositoryHints({ headers: {}, body: toBody(payload) })[0]).toBe(url)
})

test.each<readonly [string, ParsedDelivery, string]>([
  ['no event', push({ event: undefined }), 'event is missing'],
  ['another event', push({ event: 'Push' }), 'event is none of ping, push, tag, deletion, pullRequest'],
  [
    'an event of every object',
    push({ event: 'constructor' }),
    'event is none of ping, push, tag, deletion, pullRequest',
  ],
  ['no repository', push({ repository: undefined }), 'repository is missing'],
  ['a repository that is a name', push({ repository: 'web' }), 'repository is not the URL of a repository'],
  [
    'a repository with a password',
    push({ repository: 'https://a:b@git.example.com/web' }),
    'repository is not the URL of a repository',
  ],
  ['no ref', push({ ref: undefined }), 'ref is missing'],
  [
    'a tag that is a branch',
    push({ event: 'tag', changes: undefined, ref: 'refs/heads/main' }),
    'ref is not a tag, as the event says',
  ],
  ['a branch that is a tag', push({ ref: 'refs/tags/v1' }), 'ref is not a branch, as the event says'],
  ['no commit', push({ commit: undefined }), 'commit is missing'],
  ['the beginning of a commit', push({ commit: B.slice(0, 12) }), 'commit is not a commit'],
  ['zeros', push({ commit: zeros }), 'commit is not a commit'],
  ['a commit before that is none', push({ before: 'main' }), 'before is not a commit'],
  ['changes that are a text', push({ changes: 'README.md' }), 'changes is not a list'],
  ['a change that is none', push({ changes: ['a', 7] }), 'changes.1 is not a text'],
  ['a message that is a list', push({ message: ['x'] }), 'message is not a text'],
  ['a page that is a script', push({ url: 'javascript:alert(1)' }), 'url is not the http or https URL of a page'],
  ['private in words', push({ private: 'yes' }), 'private is not true or false'],
  ['no pull request', pull({ pullRequest: undefined }), 'pullRequest.action is missing'],
  ['another action', pull({ 'pullRequest.action': 'merged' }), 'pullRequest.action is none of opened, updated, closed'],
  ['no word on the fork', pull({ 'pullRequest.fork': undefined }), 'pullRequest.fork is missing'],
  ['a fork in words', pull({ 'pullRequest.fork': 'no' }), 'pullRequest.fork is not true or false'],
  [
    'a fork somewhere else',
    pull({ 'pullRequest.headRepository': '/tmp/web' }),
    'pullRequest.headRepository is not the URL of a repository',
  ],
  ['no number', pull({ 'pullRequest.number': 1.5 }), 'pullRequest.number is not a whole number from 1'],
])('%s is malformed', (_, parsed, message) => expect(parsed).toEqual({ kind: 'malformed', message }))

test.each<readonly [string, ParsedDelivery, RegExp]>([
  [
    'of a push',
    push({ branch: 'main' }),
    /^branch is not among the fields of this event: event, repository, .*, changes$/,
  ],
  ['of a deletion', parse({ event: 'deletion', repository, ref: 'x', commit: B }), /^commit is not among the fields/],
  [
    'of a pull request',
    pull({ 'pullRequest.state': 'open' }),
    /^pullRequest\.state is not among .*pullRequest\.action/,
  ],
  ['with a name that is not to be repeated', push({ '<script>': 1 }), /^a field is not among the fields/],
  [
    'of the prototype',
    parse(`{"__proto__":1,${JSON.stringify(pushed).slice(1)}`),
    /^__proto__ is not among the fields/,
  ],
])('an unknown field %s is named', (_, parsed, message) => {
  expect(parsed).toEqual({ kind: 'malformed', message: expect.stringMatching(message) as unknown })
})

test.each<Values>([{ ref: '-x' }, { ref: 'a b' }, { ref: 'refs/notes/x' }])('%j is ignored', (values) => {
  expect(push(values)).toMatchObject({ kind: 'ignored', name: 'push', repositories: [repository] })
})

test('a delivery of very many values is refused, and is not parsed for it', () => {
  const body = new TextEncoder().encode(
    `{"event":"ping","repository":"https://git.test/a/b","x":[${'{},'.repeat(mostValues)}1]}`,
  )
  const parsed = generic.parse({ headers: {}, body })
  expect(parsed).toEqual({ kind: 'malformed', message: `the body holds more than ${mostValues} values` })
})
