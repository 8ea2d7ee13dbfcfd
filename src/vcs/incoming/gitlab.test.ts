import { describe, expect, test } from 'vitest'
import { readPayload, toBody, withValues } from '../../../test/helpers/forge-deliveries.ts'
import type { ParsedDelivery } from '../../lib/forge-event.ts'
import { gitlab } from './gitlab.ts'
import { findRepositoryHints } from './hints.ts'

const A = '4f1c2d3e4b5a69788796a5b4c3d2e1f00112233a'
const B = '9a8b7c6d5e4f30211203f4e5d6c7b8a999887766'
const zeros = '0'.repeat(40)

const pushed = readPayload('gitlab/push')
const tagged = readPayload('gitlab/tag-push')
const opened = readPayload('gitlab/merge-request')
const forked = readPayload('gitlab/merge-request-from-fork')
const noted = readPayload('gitlab/note')
const systemPushed = readPayload('gitlab/system-push')

const ids = { 'idempotency-key': 'key-1', 'x-gitlab-event-uuid': 'uuid-1' }
const parse = (event: string | undefined, payload: unknown): ParsedDelivery =>
  gitlab.parse({ headers: { ...ids, 'x-gitlab-event': event }, body: toBody(payload) })
type Values = Readonly<Record<string, unknown>>
const push = (values: Values = {}) => parse('Push Hook', withValues(pushed, values))
const merge = (values: Values = {}, payload = opened) => parse('Merge Request Hook', withValues(payload, values))
const note = (values: Values = {}) => parse('Note Hook', withValues(noted, values))

const repositories = [
  'https://gitlab.example.com/team/shop/web.git',
  'ssh://git@gitlab.example.com:2222/team/shop/web.git',
  'https://gitlab.example.com/team/shop/web',
]
const base = { delivery: 'key-1', sender: 'ada', isPrivate: true, defaultBranch: 'main' }

test('a push tells everything but its files', () => {
  expect(push()).toEqual({
    kind: 'event',
    repositories,
    events: [
      {
        ...base,
        kind: 'push',
        name: 'Push Hook',
        url: `https://gitlab.example.com/team/shop/web/-/commit/${B}`,
        ref: { kind: 'branch', name: 'feature/cart' },
        commit: B,
        before: A,
        message: 'Empty the cart\n',
      },
    ],
  })
})

test('a tag tells the commit, not the object of the tag', () => {
  expect(parse('Tag Push Hook', tagged)).toEqual({
    kind: 'event',
    repositories,
    events: [
      {
        ...base,
        kind: 'push',
        name: 'Tag Push Hook',
        url: `https://gitlab.example.com/team/shop/web/-/commit/${B}`,
        ref: { kind: 'tag', name: 'v1.4.0' },
        commit: B,
      },
    ],
  })
})

describe('pushes', () => {
  test.each<readonly [string, ParsedDelivery, object]>([
    ['a new branch', push({ before: zeros, commits: [], total_commits_count: 0 }), { kind: 'push', commit: B }],
    [
      'a deleted branch',
      push({ after: zeros, checkout_sha: null, commits: [] }),
      { kind: 'deletion', ref: { kind: 'branch', name: 'feature/cart' } },
    ],
    [
      'a deleted tag',
      parse('Tag Push Hook', withValues(tagged, { after: zeros, checkout_sha: null })),
      { kind: 'deletion', ref: { kind: 'tag', name: 'v1.4.0' } },
    ],
    [
      'a system hook',
      parse('System Hook', systemPushed),
      { kind: 'push', name: 'System Hook', commit: B, sender: 'ada' },
    ],
    ['a public project', push({ 'project.visibility_level': 20 }), { isPrivate: false }],
    ['a project for everybody with an account', push({ 'project.visibility_level': 10 }), { isPrivate: true }],
    ['more than the twenty commits that are told', push({ total_commits_count: 21 }), { kind: 'push', commit: B }],
  ])('%s', (_, parsed, event) => expect(parsed).toMatchObject({ kind: 'event', events: [event] }))

  test('a new branch has nothing before it', () => {
    const parsed = push({ before: zeros })
    expect(parsed.kind === 'event' && Object.hasOwn(parsed.events[0] ?? {}, 'before')).toBe(false)
  })
})

describe('merge requests', () => {
  test('opened in the project itself', () => {
    expect(merge()).toEqual({
      kind: 'event',
      repositories,
      events: [
        {
          ...base,
          kind: 'pullRequest',
          name: 'Merge Request Hook',
          action: 'opened',
          url: 'https://gitlab.example.com/team/shop/web/-/merge_requests/12',
          pullRequest: {
            number: 12,
            title: 'Empty the cart',
            author: 'ada',
            isFork: false,
            commit: B,
            branch: 'feature/cart',
            targetBranch: 'main',
            ref: 'refs/merge-requests/12/head',
            url: 'https://gitlab.example.com/team/shop/web/-/merge_requests/12',
          },
        },
      ],
    })
  })

  test('opened from a fork: the repository is the target', () => {
    expect(merge({}, forked)).toMatchObject({
      repositories,
      events: [
        { pullRequest: { isFork: true, author: 'lin', headRepository: 'https://gitlab.example.com/lin/web.git' } },
      ],
    })
  })

  const at = 'object_attributes'
  test.each<readonly [string, Values, string]>([
    ['reopened', { [`${at}.action`]: 'reopen' }, 'opened'],
    ['with new commits', { [`${at}.action`]: 'update', [`${at}.oldrev`]: A }, 'updated'],
    [
      'with another target',
      { [`${at}.action`]: 'update', changes: { target_branch: { previous: 'main', current: 'next' } } },
      'updated',
    ],
    ['closed', { [`${at}.action`]: 'close' }, 'closed'],
    ['merged', { [`${at}.action`]: 'merge' }, 'closed'],
  ])('%s', (_, values, action) => expect(merge(values)).toMatchObject({ kind: 'event', events: [{ action }] }))

  test.each<readonly [string, Values]>([
    ['with another title', { [`${at}.action`]: 'update', changes: { title: { previous: 'a', current: 'b' } } }],
    ['approved', { [`${at}.action`]: 'approved' }],
    ['without an action', { [`${at}.action`]: undefined }],
    ['without commits', { [`${at}.last_commit`]: null }],
  ])('%s is ignored', (_, values) => expect(merge(values)).toMatchObject({ kind: 'ignored', repositories }))

  test('somebody else who changes it is not its author', () => {
    const parsed = merge({ 'user.id': 99, 'user.username': 'eve' })
    expect(parsed).toMatchObject({ events: [{ sender: 'eve' }] })
    expect(JSON.stringify(parsed)).not.toContain('"author"')
  })

  test('a source that is not told counts as a fork', () => {
    expect(merge({ [`${at}.source_project_id`]: null })).toMatchObject({ events: [{ pullRequest: { isFork: true } }] })
  })
})

describe('comments', () => {
  test('a new one on a merge request', () => {
    expect(note()).toMatchObject({
      kind: 'event',
      repositories,
      events: [
        {
          kind: 'comment',
          name: 'Note Hook',
          sender: 'ada',
          number: 12,
          comment: '5512',
          text: '/retest',
          createdAt: '2026-03-04T09:30:01.000Z',
          author: '7',
          pullRequest: {
            number: 12,
            isFork: true,
            commit: B,
            headRepository: 'https://gitlab.example.com/lin/web.git',
          },
        },
      ],
    })
  })

  const at = 'object_attributes'
  test.each<readonly [string, string, string]>([
    ['as the page writes it', '2015-05-17 18:21:36 UTC', '2015-05-17T18:21:36.000Z'],
    ['as versions of today do', '2026-03-04T09:30:01.123Z', '2026-03-04T09:30:01.123Z'],
    ['with another zone', '2026-03-04T09:30:01+02:00', '2026-03-04T07:30:01.000Z'],
  ])('a time %s', (_, created, expected) => {
    expect(note({ [`${at}.created_at`]: created })).toMatchObject({ events: [{ createdAt: expected }] })
  })

  test('older versions tell no action', () => {
    expect(note({ [`${at}.action`]: undefined })).toMatchObject({ kind: 'event' })
  })

  test.each<readonly [string, Values]>([
    ['edited', { [`${at}.action`]: 'update' }],
    ['by GitLab itself', { [`${at}.system`]: true }],
    ['on an issue', { [`${at}.noteable_type`]: 'Issue', merge_request: undefined, issue: { iid: 1 } }],
    ['on a commit', { [`${at}.noteable_type`]: 'Commit', merge_request: undefined }],
  ])('%s is ignored', (_, values) => expect(note(values)).toMatchObject({ kind: 'ignored', name: 'Note Hook' }))
})

test.each([
  ['Issue Hook', { object_kind: 'issue' }],
  ['Pipeline Hook', { object_kind: 'pipeline' }],
  ['Job Hook', { object_kind: 'build' }],
  ['System Hook', { event_name: 'repository_update' }],
  ['Member Hook', { event_name: 'user_add_to_group' }],
  ['Push Hook', {}],
])('%s of %j is ignored with a reason', (event, payload) => {
  expect(parse(event, { ...payload, project: pushed['project'] })).toMatchObject({
    kind: 'ignored',
    name: event,
    delivery: 'key-1',
    repositories,
    message: expect.stringMatching(/^[a-z].{10,120}$/) as unknown,
  })
})

test.each<readonly [string, ParsedDelivery, string]>([
  ['no event', parse(undefined, pushed), 'the header x-gitlab-event is missing'],
  ['no commit', push({ after: 'x', checkout_sha: null }), 'after is not a commit'],
  ['no number', merge({ 'object_attributes.iid': null }), 'object_attributes.iid is missing'],
  ['no branch', merge({ 'object_attributes.source_branch': '' }), 'object_attributes.source_branch is not a text'],
  ['no author', note({ 'object_attributes.author_id': undefined }), 'object_attributes.author_id is missing'],
  ['no project', push({ project: null }), 'the delivery does not say where its repository is'],
])('%s is malformed', (_, parsed, message) => expect(parsed).toEqual({ kind: 'malformed', message }))

test.each([
  [{ 'idempotency-key': 'a', 'webhook-id': 'b', 'x-gitlab-event-uuid': 'c' }, 'a'],
  [{ 'webhook-id': 'b', 'x-gitlab-event-uuid': 'c' }, 'b'],
  [{ 'x-gitlab-event-uuid': 'c' }, 'c'],
  [{ 'idempotency-key': 'a b', 'x-gitlab-event-uuid': 'c' }, 'c'],
])('the id of %j', (headers, delivery) => {
  const parsed = gitlab.parse({ headers: { ...headers, 'x-gitlab-event': 'Push Hook' }, body: toBody(pushed) })
  expect(parsed).toMatchObject({ events: [{ delivery }] })
})

test.each([pushed, tagged, opened, forked, noted, systemPushed])(
  'the repository is found without parsing',
  (payload) => {
    const hints = findRepositoryHints({ headers: {}, body: toBody(payload) })
    for (const url of repositories) expect(hints.slice(0, 20)).toContain(url)
  },
)
