import { describe, expect, test } from 'vitest'
import { readPayload, toBody, withValues } from '../../../test/helpers/forge-deliveries.ts'
import type { ParsedDelivery } from '../../lib/forge-event.ts'
import { bitbucket } from './bitbucket.ts'
import { findRepositoryHints } from './hints.ts'

const A = '4f1c2d3e4b5a69788796a5b4c3d2e1f00112233a'
const B = '9a8b7c6d5e4f30211203f4e5d6c7b8a999887766'
const zeros = '0'.repeat(40)

type Values = Readonly<Record<string, unknown>>
const parse = (event: string | undefined, payload: unknown): ParsedDelivery =>
  bitbucket.parse({ headers: { 'x-event-key': event, 'x-request-uuid': 'r-1' }, body: toBody(payload) })

test('an event without its name is malformed', () => {
  expect(parse(undefined, {})).toEqual({ kind: 'malformed', message: 'the header x-event-key is missing' })
})

describe('Bitbucket Cloud', () => {
  const pushed = readPayload('bitbucket-cloud/push')
  const opened = readPayload('bitbucket-cloud/pullrequest')
  const forked = readPayload('bitbucket-cloud/pullrequest-from-fork')
  const commented = readPayload('bitbucket-cloud/comment')
  const push = (values: Values = {}) => parse('repo:push', withValues(pushed, values))
  const pull = (event: string, values: Values = {}) => parse(`pullrequest:${event}`, withValues(opened, values))
  const comment = (values: Values = {}) => parse('pullrequest:comment_created', withValues(commented, values))

  const repositories = ['https://bitbucket.org/example-team/web']
  const base = { delivery: 'r-1', name: 'repo:push', sender: 'ada', isPrivate: true }
  const url = `https://bitbucket.org/example-team/web/branches/compare/${B}..${A}`

  test('a push tells all its refs', () => {
    expect(push()).toEqual({
      kind: 'event',
      repositories,
      events: [
        {
          ...base,
          kind: 'push',
          url,
          ref: { kind: 'branch', name: 'feature/cart' },
          commit: B,
          before: A,
          message: 'Empty the cart\n',
        },
        { ...base, kind: 'push', url, ref: { kind: 'tag', name: 'v1.4.0' }, commit: B, message: 'Empty the cart\n' },
        { ...base, kind: 'deletion', url, ref: { kind: 'branch', name: 'old/cart' } },
      ],
    })
  })

  test('a ref that cannot be used does not keep the others back', () => {
    expect(push({ 'push.changes.1.new.name': '-v' })).toMatchObject({
      events: [{ kind: 'push' }, { kind: 'deletion' }],
    })
    expect(push({ 'push.changes.0.new.type': 'note' })).toMatchObject({
      events: [{ kind: 'push' }, { kind: 'deletion' }],
    })
    const { changes } = pushed['push'] as { changes: readonly unknown[] }
    const alone = push({ 'push.changes': [withValues(changes[0], { 'new.name': '-v' })] })
    expect(alone).toMatchObject({ kind: 'ignored', repositories })
  })

  test('opened in the repository itself, with the commit as short as it is told', () => {
    expect(pull('created')).toMatchObject({
      kind: 'event',
      repositories,
      events: [
        {
          kind: 'pullRequest',
          action: 'opened',
          name: 'pullrequest:created',
          pullRequest: {
            number: 12,
            title: 'Empty the cart',
            author: 'ada',
            isFork: false,
            commit: B.slice(0, 12),
            branch: 'feature/cart',
            targetBranch: 'main',
            url: 'https://bitbucket.org/example-team/web/pull-requests/12',
          },
        },
      ],
    })
  })

  test.each([
    ['updated', 'updated'],
    ['fulfilled', 'closed'],
    ['rejected', 'closed'],
  ])('%s', (event, action) => expect(pull(event)).toMatchObject({ kind: 'event', events: [{ action }] }))

  test('from a fork', () => {
    expect(parse('pullrequest:created', forked)).toMatchObject({
      repositories,
      events: [
        {
          pullRequest: { isFork: true, author: 'lin', branch: 'main', headRepository: 'https://bitbucket.org/lin/web' },
        },
      ],
    })
  })

  test('from a fork that is gone', () => {
    expect(pull('created', { 'pullrequest.source.repository': null })).toMatchObject({
      events: [{ pullRequest: { isFork: true } }],
    })
  })

  test('a comment', () => {
    expect(comment()).toMatchObject({
      repositories,
      events: [
        {
          kind: 'comment',
          number: 13,
          comment: '7781',
          text: '/ok-to-test',
          createdAt: '2026-03-04T09:30:01.654Z',
          author: '557058:aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
          pullRequest: { isFork: true, commit: B.slice(0, 12) },
        },
      ],
    })
    expect(comment({ 'comment.user.account_id': undefined })).toMatchObject({
      events: [{ author: '{aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee}' }],
    })
  })

  test.each<readonly [string, ParsedDelivery]>([
    ['a deleted comment', comment({ 'comment.deleted': true })],
    ['a changed comment', parse('pullrequest:comment_updated', commented)],
    ['an approval', pull('approved')],
    ['a fork', parse('repo:fork', { repository: pushed['repository'] })],
    ['a build status', parse('repo:commit_status_created', { repository: pushed['repository'] })],
    ['a push without changes', push({ 'push.changes': [] })],
    ['a name of an object of JavaScript', parse('constructor', { repository: pushed['repository'] })],
  ])('%s is ignored', (_, parsed) => expect(parsed).toMatchObject({ kind: 'ignored', delivery: 'r-1', repositories }))

  test.each<readonly [string, ParsedDelivery, string]>([
    ['no changes', push({ push: {} }), 'push.changes is missing'],
    [
      'a short commit',
      push({ 'push.changes.0.new.target.hash': B.slice(0, 12) }),
      'push.changes.0.new.target.hash is not a commit',
    ],
    [
      'a commit of a few digits',
      pull('created', { 'pullrequest.source.commit.hash': 'abc' }),
      'pullrequest.source.commit.hash is not a commit',
    ],
    ['no repository', push({ repository: {} }), 'the delivery does not say where its repository is'],
  ])('%s is malformed', (_, parsed, message) => expect(parsed).toEqual({ kind: 'malformed', message }))

  test.each([pushed, opened, forked, commented])('the repository is found without parsing', (payload) => {
    const hints = findRepositoryHints({ headers: {}, body: toBody(payload) })
    expect(hints.slice(0, 20)).toContain(repositories[0])
  })
})

describe('Bitbucket Data Center', () => {
  const pushed = readPayload('bitbucket-data-center/refs-changed')
  const opened = readPayload('bitbucket-data-center/pull-request')
  const forked = readPayload('bitbucket-data-center/pull-request-from-fork')
  const commented = readPayload('bitbucket-data-center/comment')
  const push = (values: Values = {}) => parse('repo:refs_changed', withValues(pushed, values))
  const pull = (event: string, values: Values = {}) => parse(`pr:${event}`, withValues(opened, values))

  const repositories = [
    'https://git.example.com/scm/SHOP/web',
    'https://git.example.com/scm/shop/web',
    'https://git.example.com/projects/SHOP/repos/web/browse',
    'ssh://git@git.example.com:7999/shop/web.git',
    'https://git.example.com/scm/shop/web.git',
  ]
  const base = { delivery: 'r-1', name: 'repo:refs_changed', sender: 'ada', isPrivate: true }

  test('a push tells all its refs', () => {
    expect(push()).toEqual({
      kind: 'event',
      repositories,
      events: [
        {
          ...base,
          kind: 'push',
          ref: { kind: 'branch', name: 'feature/cart' },
          commit: B,
          before: A,
          message: 'Empty the cart',
        },
        { ...base, kind: 'push', ref: { kind: 'branch', name: 'fresh' }, commit: B, message: 'Empty the cart' },
        { ...base, kind: 'push', ref: { kind: 'tag', name: 'v1.4.0' }, commit: B, message: 'Empty the cart' },
        { ...base, kind: 'deletion', ref: { kind: 'branch', name: 'old/cart' } },
      ],
    })
  })

  test('the message of another commit is not that of this one', () => {
    expect(JSON.stringify(push({ 'toCommit.id': A }))).not.toContain('message')
  })

  test('opened in the repository itself', () => {
    expect(pull('opened')).toEqual({
      kind: 'event',
      repositories,
      events: [
        {
          ...base,
          name: 'pr:opened',
          kind: 'pullRequest',
          action: 'opened',
          url: 'https://git.example.com/projects/SHOP/repos/web/pull-requests/12',
          pullRequest: {
            number: 12,
            title: 'Empty the cart',
            author: 'ada',
            isFork: false,
            commit: B,
            branch: 'feature/cart',
            targetBranch: 'main',
            ref: 'refs/pull-requests/12/from',
            url: 'https://git.example.com/projects/SHOP/repos/web/pull-requests/12',
          },
        },
      ],
    })
  })

  test.each<readonly [string, Values, string]>([
    ['from_ref_updated', { previousFromHash: A }, 'updated'],
    ['modified', { previousTarget: { displayId: 'next', latestCommit: A } }, 'updated'],
    ['merged', {}, 'closed'],
    ['declined', {}, 'closed'],
    ['deleted', {}, 'closed'],
  ])('%s', (event, values, action) => {
    expect(pull(event, values)).toMatchObject({ kind: 'event', repositories, events: [{ action }] })
  })

  test('from a personal fork', () => {
    expect(parse('pr:opened', forked)).toMatchObject({
      repositories,
      events: [
        { pullRequest: { isFork: true, author: 'lin', headRepository: 'https://git.example.com/scm/~lin/web.git' } },
      ],
    })
  })

  test('a personal repository is known by the path of its clones', () => {
    const personal = (forked['pullRequest'] as { fromRef: { repository: unknown } }).fromRef.repository
    expect(push({ repository: personal })).toMatchObject({
      repositories: expect.arrayContaining(['https://git.example.com/scm/~lin/web']) as unknown,
    })
  })

  test('a comment', () => {
    expect(parse('pr:comment:added', commented)).toMatchObject({
      repositories,
      events: [
        {
          kind: 'comment',
          number: 13,
          comment: '62',
          text: '/ok-to-test',
          createdAt: '2026-03-04T09:30:01.456Z',
          author: 'ada',
          pullRequest: { isFork: true, commit: B },
        },
      ],
    })
  })

  test.each<readonly [Values, boolean | undefined]>([
    [{ 'repository.public': true }, false],
    [{ 'repository.project.public': true }, false],
    [{}, true],
    [{ 'repository.public': undefined }, undefined],
  ])('%j: private %s', (values, isPrivate) => {
    const parsed = push(values)
    expect(parsed.kind === 'event' && parsed.events[0]?.isPrivate).toBe(isPrivate)
  })

  test('a ping', () => {
    const headers = { 'x-event-key': 'diagnostics:ping', 'x-request-id': 'id-1' }
    const parsed = bitbucket.parse({ headers, body: toBody({ test: true }) })
    expect(parsed).toEqual({ kind: 'ping', delivery: 'id-1', repositories: [] })
  })

  test.each<readonly [string, ParsedDelivery]>([
    ['another title', pull('modified', { previousTitle: 'x', previousTarget: { displayId: 'main' } })],
    ['a moved target', pull('to_ref_updated')],
    ['another reviewer', pull('reviewer:updated')],
    ['a deleted comment', parse('pr:comment:deleted', commented)],
    ['a renamed repository', parse('repo:modified', { repository: pushed['repository'] })],
    ['a push of notes', push({ changes: [{ ref: { id: 'refs/notes/x' }, fromHash: zeros, toHash: B, type: 'ADD' }] })],
  ])('%s is ignored', (_, parsed) => expect(parsed).toMatchObject({ kind: 'ignored', repositories }))

  test.each<readonly [string, ParsedDelivery, string]>([
    ['no changes', push({ changes: undefined }), 'changes is missing'],
    ['no commit', push({ 'changes.0.toHash': 'x' }), 'changes.0.toHash is not a commit'],
    [
      'a head that is a tag of no name',
      pull('opened', { 'pullRequest.fromRef.id': undefined }),
      'pullRequest.fromRef.id is missing',
    ],
    [
      'no links, as of old servers',
      push({ 'repository.links': undefined }),
      'the delivery does not say where its repository is',
    ],
  ])('%s is malformed', (_, parsed, message) => expect(parsed).toEqual({ kind: 'malformed', message }))

  test.each([pushed, opened, forked, commented])('the repository is found without parsing', (payload) => {
    const hints = findRepositoryHints({ headers: {}, body: toBody(payload) }).slice(0, 20)
    for (const url of ['https://git.example.com/scm/SHOP/web', 'ssh://git@git.example.com:7999/shop/web.git']) {
      expect(hints).toContain(url)
    }
  })
})
