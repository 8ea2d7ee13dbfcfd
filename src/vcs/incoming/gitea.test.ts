import { describe, expect, test } from 'vitest'
import { giteaSecret, readDelivery, signByOpenssl, toBody, withValues } from '../../../test/helpers/forge-deliveries.ts'
import type { RawDelivery } from '../../lib/forge-event.ts'
import { gitea } from './gitea.ts'
import { findRepositoryHints } from './hints.ts'

/** All of these are what a real Gitea sent. */
const names = [
  'push',
  'push-new-branch',
  'push-tag',
  'push-deleted-tag',
  'push-forced',
  'push-form',
  'test-delivery',
  'create-branch',
  'delete-branch',
  'delete-tag',
  'issue-comment',
  'pull-request-comment',
  'pull-request-opened',
  'pull-request-synchronized',
  'pull-request-retargeted',
  'pull-request-renamed',
  'pull-request-closed',
  'pull-request-from-fork',
  'pull-request-by-agit',
] as const

type Name = (typeof names)[number]

const recorded = (name: Name) => readDelivery(`gitea/${name}`)
const parse = (name: Name) => gitea.parse(recorded(name))
const bodyOf = (name: Name) => JSON.parse(Buffer.from(recorded(name).body).toString()) as unknown

/** A recorded delivery with other values. */
function parseWith(name: Name, values: Readonly<Record<string, unknown>>) {
  return gitea.parse({ headers: recorded(name).headers, body: toBody(withValues(bodyOf(name), values)) })
}

const page = 'http://git.example.com:3000/alice/web'

describe.each(names)('%s, as recorded', (name) => {
  const delivery = recorded(name)

  test('is signed with its secret, and with no other', () => {
    expect(gitea.verify(delivery, giteaSecret, 0)).toBe(true)
    expect(gitea.verify(delivery, `${giteaSecret}x`, 0)).toBe(false)
    expect(gitea.verify(delivery, '', 0)).toBe(false)
  })

  test('is signed under each name of the header', () => {
    const { 'x-gitea-signature': signature, ...headers } = delivery.headers
    expect(
      gitea.verify({ ...delivery, headers: { ...headers, 'x-forgejo-signature': signature } }, giteaSecret, 0),
    ).toBe(true)
    expect(gitea.verify({ ...delivery, headers }, giteaSecret, 0)).toBe(true)
    expect(
      gitea.verify({ ...delivery, headers: { ...headers, 'x-hub-signature-256': undefined } }, giteaSecret, 0),
    ).toBe(false)
  })

  test('does not verify with a byte changed', () => {
    const body = Buffer.from(delivery.body)
    body[body.length >> 1] = (body[body.length >> 1] ?? 0) ^ 1
    expect(gitea.verify({ ...delivery, body }, giteaSecret, 0)).toBe(false)
  })

  test('names its repository by the address that does not follow the host header, also to who does not parse', () => {
    const parsed = gitea.parse(delivery)
    expect(parsed.kind === 'malformed' ? [] : parsed.repositories).toContain(page)
    expect(findRepositoryHints(delivery).slice(0, 20)).toContain(page)
  })
})

test('a push tells everything but its files', () => {
  expect(parse('push')).toEqual({
    kind: 'event',
    repositories: [
      page,
      'http://git.example.com:3000/api/v1/repos/alice/web',
      'http://git.example.com:3000/alice/web.git',
      'ssh://root@git.example.com:2222/alice/web.git',
    ],
    events: [
      {
        kind: 'push',
        delivery: '8120c364-8b83-477d-b8f7-032f2e614f72',
        name: 'push',
        sender: 'alice',
        isPrivate: false,
        defaultBranch: 'main',
        url: `${page}/commit/0588b123789e76ca3b31ed08523cad91a0fe4e02`,
        ref: { kind: 'branch', name: 'main' },
        commit: '0588b123789e76ca3b31ed08523cad91a0fe4e02',
        before: '8efa3bee2b47c39a0d6c6f008752b1ab3004115f',
        message: 'Add a <page> & more\n',
      },
    ],
  })
})

const request = {
  number: 1,
  title: 'Login',
  author: 'alice',
  isFork: false,
  branch: 'feature/login',
  targetBranch: 'main',
  ref: 'refs/pull/1/head',
}

test.each<readonly [Name, object]>([
  ['push-new-branch', { kind: 'push', ref: { kind: 'branch', name: 'feature/login' } }],
  // The annotated tag itself is 7a94936d.
  [
    'push-tag',
    { kind: 'push', ref: { kind: 'tag', name: 'v1.0.0' }, commit: '0588b123789e76ca3b31ed08523cad91a0fe4e02' },
  ],
  ['push-forced', { kind: 'push', commit: '86ee0cb937013d0f2f656e36d3ae1b1b0e7a6adf', message: 'Login page\n' }],
  ['push-form', { kind: 'push', message: 'Odd 100% = a+b & "c" ü\n' }],
  ['delete-branch', { kind: 'deletion', name: 'delete', ref: { kind: 'branch', name: 'feature/login' } }],
  ['delete-tag', { kind: 'deletion', name: 'delete', ref: { kind: 'tag', name: 'v1.0.0' } }],
  [
    'pull-request-opened',
    {
      kind: 'pullRequest',
      action: 'opened',
      pullRequest: { ...request, commit: '86ee0cb937013d0f2f656e36d3ae1b1b0e7a6adf' },
    },
  ],
  [
    'pull-request-synchronized',
    { action: 'updated', pullRequest: { ...request, commit: '373a77c315ddbfe2f091752dc126b6346174d3bd' } },
  ],
  ['pull-request-retargeted', { action: 'updated', pullRequest: { ...request, targetBranch: 'release/1' } }],
  ['pull-request-closed', { action: 'closed', pullRequest: { number: 1 } }],
  [
    'pull-request-from-fork',
    {
      action: 'opened',
      sender: 'bob',
      pullRequest: {
        number: 2,
        isFork: true,
        branch: 'main',
        author: 'bob',
        headRepository: 'http://git.example.com:3000/bob/web',
      },
    },
  ],
  // By somebody who may not write to the repository that it says to come from.
  [
    'pull-request-by-agit',
    {
      action: 'opened',
      sender: 'bob',
      pullRequest: { number: 3, isFork: true, branch: 'refs/pull/3/head', author: 'bob' },
    },
  ],
  [
    'pull-request-comment',
    {
      kind: 'comment',
      number: 1,
      comment: '2',
      text: '/retest',
      author: 'alice',
      createdAt: '2026-11-21T13:23:51.000Z',
      pullRequest: { ...request, commit: '373a77c315ddbfe2f091752dc126b6346174d3bd' },
    },
  ],
])('%s', (name, event) => expect(parse(name)).toMatchObject({ kind: 'event', events: [event] }))

test('a new branch has nothing before it', () => {
  const parsed = parse('push-new-branch')
  expect(parsed.kind === 'event' && Object.hasOwn(parsed.events[0] ?? {}, 'before')).toBe(false)
})

test.each<readonly [Name, string]>([
  ['create-branch', 'the push event tells the same'],
  // Of a tag, a push and a delete event are sent; of a branch, a delete event alone.
  ['push-deleted-tag', 'the delete event tells the same'],
  ['pull-request-renamed', 'this change of the pull request changes neither its commits nor its target'],
  ['issue-comment', 'the comment is on no pull request'],
])('%s is ignored', (name, message) => expect(parse(name)).toMatchObject({ kind: 'ignored', message }))

test('"Test Delivery" is a ping', () => {
  expect(parse('test-delivery')).toMatchObject({ kind: 'ping', delivery: '1b9e1560-a781-474c-8641-1e1399a2b11b' })
})

describe('other values', () => {
  test.each<readonly [string, Name, Readonly<Record<string, unknown>>, object]>([
    ['a private repository', 'push', { 'repository.private': true }, { isPrivate: true }],
    ['a repository for everybody with an account', 'push', { 'repository.internal': true }, { isPrivate: true }],
    ['reopened', 'pull-request-closed', { action: 'reopened' }, { action: 'opened' }],
    [
      'a fork that is gone',
      'pull-request-from-fork',
      { 'pull_request.head.repo': null, 'pull_request.head.repo_id': -1 },
      { pullRequest: { isFork: true } },
    ],
    [
      'an older version tells no pull request beside a comment',
      'pull-request-comment',
      { pull_request: undefined },
      { kind: 'comment', number: 1 },
    ],
  ])('%s', (...[, name, values, event]) => {
    expect(parseWith(name, values)).toMatchObject({ kind: 'event', events: [event] })
  })

  test.each<readonly [string, Name, Readonly<Record<string, unknown>>]>([
    ['labelled', 'pull-request-renamed', { action: 'label_updated' }],
    ['deleted', 'pull-request-closed', { action: 'deleted' }],
    ['a changed comment', 'pull-request-comment', { action: 'edited' }],
    ['a deleted comment', 'pull-request-comment', { action: 'deleted' }],
    ['a pushed ref that is neither branch nor tag', 'push', { ref: 'refs/for/main' }],
  ])('%s is ignored', (_, name, values) => expect(parseWith(name, values)).toMatchObject({ kind: 'ignored' }))

  test.each<readonly [Name, Readonly<Record<string, unknown>>, string]>([
    ['push', { after: null }, 'after is missing'],
    ['delete-branch', { ref_type: 'wiki' }, 'ref_type is neither branch nor tag'],
    ['pull-request-opened', { 'pull_request.head.sha': '' }, 'pull_request.head.sha is not a commit'],
    ['pull-request-opened', { 'pull_request.base.repo_id': undefined }, 'pull_request.base.repo_id is missing'],
    ['push', { repository: null }, 'the delivery does not say where its repository is'],
  ])('%s with %j is malformed', (name, values, message) => {
    expect(parseWith(name, values)).toEqual({ kind: 'malformed', message })
  })
})

test.each([
  'repository',
  'release',
  'issues',
  'fork',
  'pull_request_approved',
  'pull_request_comment',
  'wiki',
  'package',
])('%s is ignored', (event) => {
  const headers = { ...recorded('push').headers, 'x-gitea-event': event }
  expect(gitea.parse({ headers, body: recorded('push').body })).toMatchObject({ kind: 'ignored', name: event })
})

test('Forgejo tells the same by names of its own', () => {
  const { body, headers } = recorded('pull-request-opened')
  const signature = signByOpenssl('other', body).toString('hex')
  const named = { 'x-forgejo-event': 'pull_request', 'x-forgejo-delivery': 'f-1', 'x-forgejo-signature': signature }
  const delivery: RawDelivery = { headers: { 'content-type': headers['content-type'], ...named }, body }
  expect(gitea.verify(delivery, 'other', 0)).toBe(true)
  expect(gitea.parse(delivery)).toMatchObject({ kind: 'event', events: [{ delivery: 'f-1', action: 'opened' }] })
})

test('a fork is named as no host header can change it', () => {
  const forged = parseWith('pull-request-from-fork', {
    'pull_request.head.repo.clone_url': 'https://evil.example/bob/web.git',
  })
  expect(JSON.stringify(forged)).not.toContain('evil')
  const without = parseWith('pull-request-from-fork', { 'pull_request.head.repo.url': '' })
  expect(without).toMatchObject({ events: [{ pullRequest: { headRepository: 'http://127.0.0.1:13380/bob/web.git' } }] })
})
