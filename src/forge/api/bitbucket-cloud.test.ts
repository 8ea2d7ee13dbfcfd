import { expect, test } from 'vitest'
import { checkExchanges, type Exchange, readSample } from '../../../test/helpers/forge-exchange.ts'
import type { PullRequest } from '../../lib/forge-event.ts'
import type { CommitReport } from '../../vcs/calls.ts'
import type { Forge } from '../forge.ts'

const commit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc'
const before = '5f3c6f9ee1d0a1c6b1f8f3f6ec86cf2d4d4f2b11'
const forked = '6dcb09b5b57875f334f61aebed695e2e4193db5e'
const repository = '/2.0/repositories/team/app'
const fork = '/2.0/repositories/lin/app'
const sample = (name: string) => readSample(`bitbucket-cloud/api/${name}.json`)
const permissions = 'GET /2.0/workspaces/team/permissions/repositories/app?q=permission%3E%22read%22&pagelen=100'

interface Case {
  readonly act: (forge: Forge) => Promise<unknown>
  readonly exchanges: readonly Exchange[]
  readonly want: unknown
}

const report: CommitReport = { commit, context: 'c8s/build', state: 'running', description: '1 of 3 steps' }
const hook = { url: 'https://ci.example.com/webhooks/bitbucket', secret: 'hook-secret' }
const hookBody = {
  description: 'c8s',
  url: hook.url,
  secret: hook.secret,
  active: true,
  skip_cert_verification: false,
  events: [
    'repo:push',
    'pullrequest:created',
    'pullrequest:updated',
    'pullrequest:fulfilled',
    'pullrequest:rejected',
    'pullrequest:comment_created',
  ],
}
const forkedPull: PullRequest = {
  number: 7,
  title: 'From a fork',
  isFork: true,
  commit: forked,
  branch: 'main',
  targetBranch: 'main',
  author: 'lin',
  headRepository: 'https://bitbucket.org/lin/app',
  url: 'https://bitbucket.org/team/app/pull-requests/7',
}
const comments = `${repository}/pullrequests/7/comments`

const cases: Readonly<Record<string, Case>> = {
  'the message of a commit': {
    act: (forge) => forge.readCommitMessage?.(commit) ?? Promise.resolve(),
    exchanges: [{ ask: `GET ${repository}/commit/${commit}`, json: { message: 'Fix it [skip ci]' } }],
    want: 'Fix it [skip ci]',
  },
  'files at a commit': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${repository}/src/${commit}/.c8s/?pagelen=100`, json: sample('folder') },
      { ask: `GET ${repository}/src/${commit}/.c8s.yaml`, status: 404 },
      { ask: `GET ${repository}/src/${commit}/.c8s/build.yaml`, text: 'b: 1\n' },
      { ask: `GET ${repository}/src/${commit}/.c8s/test.yml`, text: 'c: 1\n' },
    ],
    want: [
      { path: '.c8s/build.yaml', text: 'b: 1\n' },
      { path: '.c8s/test.yml', text: 'c: 1\n' },
    ],
  },
  'files of a fork': {
    act: (forge) => forge.readPipelineFiles(forked, forkedPull),
    exchanges: [
      { ask: `GET ${fork}/src/${forked}/.c8s/?pagelen=100`, status: 404 },
      { ask: `GET ${fork}/src/${forked}/.c8s.yaml`, text: 'a: 1\n' },
    ],
    want: [{ path: '.c8s.yaml', text: 'a: 1\n' }],
  },
  'files of a fork elsewhere': {
    act: (forge) =>
      forge
        .readPipelineFiles(forked, { ...forkedPull, headRepository: 'https://evil.example.com/lin/app' })
        .catch((error: unknown) => error),
    exchanges: [],
    want: expect.objectContaining({ kind: 'notFound' }),
  },
  'changes of a push, on two pages': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      {
        ask: `GET ${repository}/diffstat/${commit}..${before}?topic=false&pagelen=100`,
        json: { ...(sample('diffstat') as object), next: 'https://evil.example.com/?page=a%2Fb&ctx=1' },
      },
      {
        ask: `GET ${repository}/diffstat/${commit}..${before}?topic=false&pagelen=100&page=a%2Fb`,
        json: { values: [{ old: { path: 'gone' }, new: null }] },
      },
    ],
    want: ['README.md', 'gone', 'src/new.ts', 'src/old.ts'],
  },
  'changes since a commit that is gone': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [{ ask: `GET ${repository}/diffstat/${commit}..${before}?topic=false&pagelen=100`, status: 404 }],
    want: undefined,
  },
  'changes of a pull request': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit: forked, targetBranch: 'main' }),
    exchanges: [
      { ask: `GET ${repository}/pullrequests/7`, json: sample('pull-request-from-fork') },
      {
        ask: `GET ${repository}/diffstat/lin/app:${forked}%0D${before.slice(0, 12)}?from_pullrequest_id=7&topic=true&pagelen=100`,
        json: sample('diffstat'),
      },
    ],
    want: ['README.md', 'src/new.ts', 'src/old.ts'],
  },
  'changes of a pull request that has moved on': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit, targetBranch: 'main' }),
    exchanges: [{ ask: `GET ${repository}/pullrequests/7`, json: sample('pull-request-from-fork') }],
    want: undefined,
  },
  'a pull request, its commit in full': {
    act: (forge) => forge.readPullRequest(7),
    exchanges: [
      { ask: `GET ${repository}/pullrequests/7`, json: sample('pull-request-from-fork') },
      { ask: `GET ${fork}/commit/${forked.slice(0, 12)}`, json: sample('commit') },
    ],
    want: forkedPull,
  },
  'a pull request of a private fork': {
    act: (forge) => forge.readPullRequest(7).catch((error: unknown) => error),
    exchanges: [
      { ask: `GET ${repository}/pullrequests/7`, json: sample('pull-request-from-fork') },
      { ask: `GET ${fork}/commit/${forked.slice(0, 12)}`, status: 403 },
    ],
    want: expect.objectContaining({ kind: 'notFound' }),
  },
  'open pull requests': {
    act: (forge) => forge.listOpenPullRequests(),
    exchanges: [
      {
        ask: `GET ${repository}/pullrequests?state=OPEN&sort=-updated_on&pagelen=50`,
        json: sample('pull-requests'),
      },
      { ask: `GET ${repository}`, json: sample('repository') },
      { ask: `GET ${repository}/refs/branches?pagelen=100`, json: sample('branches') },
      { ask: `GET ${fork}/commit/${forked.slice(0, 12)}`, json: sample('commit') },
    ],
    want: [expect.objectContaining({ number: 8, isFork: false, commit, branch: 'topic' }), forkedPull],
  },
  'who may push, by account id': {
    act: (forge) => forge.canWrite('557058:aaaaaaaa'),
    exchanges: [{ ask: permissions, json: sample('permissions') }],
    want: true,
  },
  'who is not in the list, though called the same': {
    act: (forge) => forge.canWrite('ada'),
    exchanges: [{ ask: permissions, json: sample('permissions') }],
    want: false,
  },
  'permissions that the token may not see': {
    act: (forge) => forge.canWrite('{aaaaaaaa}'),
    exchanges: [{ ask: permissions, status: 403, json: { error: { message: 'admin only' } } }],
    want: undefined,
  },
  heads: {
    act: (forge) => forge.listHeads(),
    exchanges: [
      { ask: `GET ${repository}`, json: sample('repository') },
      { ask: `GET ${repository}/refs/branches?pagelen=100`, json: sample('branches') },
    ],
    want: {
      defaultBranch: 'main',
      heads: [
        { ref: 'refs/heads/main', commit: before },
        { ref: 'refs/heads/topic', commit },
      ],
    },
  },
  'a build with a long name and no page of ours': {
    act: (forge) => forge.report({ ...report, context: `c8s/${'long-'.repeat(10)}` }),
    exchanges: [
      {
        ask: `POST ${repository}/commit/${commit}/statuses/build`,
        body: {
          key: 'c8s/long-long-long-long-lon-1e1c64a3c76a',
          name: `c8s/${'long-'.repeat(10)}`,
          state: 'INPROGRESS',
          description: '1 of 3 steps',
          url: `https://bitbucket.org/team/app/commits/${commit}`,
        },
        status: 201,
        json: sample('build'),
      },
    ],
    want: {},
  },
  'a build that failed': {
    act: (forge) => forge.report({ ...report, state: 'failure', url: 'https://ci.example.com/1' }),
    exchanges: [
      {
        ask: `POST ${repository}/commit/${commit}/statuses/build`,
        body: {
          key: 'c8s/build',
          name: 'c8s/build',
          state: 'FAILED',
          description: '1 of 3 steps',
          url: 'https://ci.example.com/1',
        },
        status: 201,
        json: sample('build'),
      },
    ],
    want: {},
  },
  'a comment of ours among others': {
    act: (forge) => forge.upsertComment(7, '<!-- x -->', '<!-- x -->\nnew'),
    exchanges: [
      { ask: `GET ${comments}?pagelen=100`, json: sample('comments') },
      { ask: `PUT ${comments}/2`, body: { content: { raw: 'new\n\n[c8s]: # (x)' } }, status: 403 },
      { ask: `PUT ${comments}/3`, body: { content: { raw: 'new\n\n[c8s]: # (x)' } }, json: {} },
    ],
    want: undefined,
  },
  'the first comment': {
    act: (forge) => forge.upsertComment(7, '<!-- y -->', 'new'),
    exchanges: [
      { ask: `GET ${comments}?pagelen=100`, json: sample('comments') },
      { ask: `POST ${comments}`, body: { content: { raw: 'new\n\n[c8s]: # (y)' } }, status: 201, json: {} },
    ],
    want: undefined,
  },
  'a webhook that is missing': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?pagelen=100`, json: { values: [] } },
      { ask: `POST ${repository}/hooks`, body: hookBody, status: 201, json: {} },
    ],
    want: 'created',
  },
  'a webhook without a secret': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      {
        ask: `GET ${repository}/hooks?pagelen=100`,
        json: { values: [{ ...hookBody, uuid: '{d5}', secret: undefined, secret_set: false }] },
      },
      { ask: `PUT ${repository}/hooks/%7Bd5%7D`, body: hookBody, json: {} },
    ],
    want: 'repaired',
  },
  'a webhook whose secret nobody can see': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?pagelen=100`, json: sample('hooks') },
      {
        ask: `PUT ${repository}/hooks/%7Bd5b5d1a5-6cd9-4e9e-8d0a-3d8b3f2c9d0e%7D`,
        body: hookBody,
        json: {},
      },
    ],
    want: 'unchanged',
  },
}

test.each(Object.entries(cases))('%s', async (_, { act, exchanges, want }) => {
  await checkExchanges({
    act,
    exchanges,
    want,
    open: (url) => ({
      spec: { provider: 'bitbucket', repository: 'https://bitbucket.org/team/app.git', apiURL: `${url}/2.0` },
      secret: { username: 'bot@example.com', password: 'ATATT-example' },
    }),
    headers: { authorization: `Basic ${Buffer.from('bot@example.com:ATATT-example').toString('base64')}` },
  })
})
