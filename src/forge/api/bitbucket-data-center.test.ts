import { expect, test } from 'vitest'
import { checkExchanges, type Exchange, readSample } from '../../../test/helpers/forge-exchange.ts'
import type { CommitReport } from '../../vcs/calls.ts'
import type { Forge } from '../forge.ts'

const commit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc'
const before = '5f3c6f9ee1d0a1c6b1f8f3f6ec86cf2d4d4f2b11'
const forked = '6dcb09b5b57875f334f61aebed695e2e4193db5e'
const repository = '/git/rest/api/1.0/projects/PRJ/repos/app'
const sample = (name: string) => readSample(`bitbucket-data-center/api/${name}.json`)
const users = (name: string) =>
  `GET /git/rest/api/1.0/users?filter=${name}&permission.1=REPO_WRITE&permission.1.projectKey=PRJ&permission.1.repositorySlug=app&limit=500`

interface Case {
  readonly act: (forge: Forge) => Promise<unknown>
  readonly exchanges: readonly Exchange[]
  readonly want: unknown
}

const report: CommitReport = { commit, context: 'c8s/build', state: 'success', description: '3 steps' }
const hook = { url: 'https://ci.example.com/webhooks/bitbucket', secret: 'hook-secret' }
const hookBody = {
  name: 'c8s',
  url: hook.url,
  active: true,
  events: [
    'repo:refs_changed',
    'pr:opened',
    'pr:from_ref_updated',
    'pr:merged',
    'pr:declined',
    'pr:deleted',
    'pr:comment:added',
  ],
  configuration: { secret: hook.secret },
  sslVerificationRequired: true,
}
const pull = `${repository}/pull-requests/7`
const forkedPull = {
  number: 7,
  title: 'From a fork',
  isFork: true,
  commit: forked,
  branch: 'main',
  targetBranch: 'main',
  ref: 'refs/pull-requests/7/from',
  author: 'lin',
  headRepository: 'https://git.example.com/scm/~lin/app.git',
  url: 'https://git.example.com/projects/PRJ/repos/app/pull-requests/7',
}

const cases: Readonly<Record<string, Case>> = {
  'the message of a commit': {
    act: (forge) => forge.readCommitMessage?.(commit) ?? Promise.resolve(),
    exchanges: [{ ask: `GET ${repository}/commits/${commit}`, json: { id: commit, message: 'Fix it [skip ci]' } }],
    want: 'Fix it [skip ci]',
  },
  'files at a commit': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${repository}/browse/.c8s?at=${commit}&limit=500`, json: sample('browse') },
      { ask: `GET ${repository}/raw/.c8s.yaml?at=${commit}`, text: 'a: 1\n' },
      { ask: `GET ${repository}/raw/.c8s/build.yaml?at=${commit}`, text: 'b: 1\n' },
      { ask: `GET ${repository}/raw/.c8s/test.yml?at=${commit}`, text: 'c: 1\n' },
    ],
    want: [
      { path: '.c8s.yaml', text: 'a: 1\n' },
      { path: '.c8s/build.yaml', text: 'b: 1\n' },
      { path: '.c8s/test.yml', text: 'c: 1\n' },
    ],
  },
  'no files, and .c8s is a file': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${repository}/browse/.c8s?at=${commit}&limit=500`, json: { lines: [], isLastPage: true } },
      { ask: `GET ${repository}/raw/.c8s.yaml?at=${commit}`, status: 404 },
      { ask: `GET ${repository}/commits/${commit}`, json: { id: commit } },
    ],
    want: [],
  },
  'changes of a push, on two pages': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      {
        ask: `GET ${repository}/changes?since=${before}&until=${commit}&limit=500`,
        json: { ...(sample('changes') as object), isLastPage: false, nextPageStart: 2 },
      },
      {
        ask: `GET ${repository}/changes?since=${before}&until=${commit}&limit=500&start=2`,
        json: { values: [{ path: { toString: 'z' } }], isLastPage: true, nextPageStart: null },
      },
    ],
    want: ['README.md', 'src/new.ts', 'src/old.ts', 'z'],
  },
  'changes of a pull request': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit: forked, targetBranch: 'main' }),
    exchanges: [
      { ask: `GET ${pull}/changes?limit=500`, json: sample('changes') },
      { ask: `GET ${pull}`, json: sample('pull-request-from-fork') },
    ],
    want: ['README.md', 'src/new.ts', 'src/old.ts'],
  },
  'a pull request': {
    act: (forge) => forge.readPullRequest(7),
    exchanges: [{ ask: `GET ${pull}`, json: sample('pull-request-from-fork') }],
    want: forkedPull,
  },
  'open pull requests': {
    act: (forge) => forge.listOpenPullRequests(),
    exchanges: [{ ask: `GET ${repository}/pull-requests?state=OPEN&limit=500`, json: sample('pull-requests') }],
    want: [expect.objectContaining({ number: 8, isFork: false, branch: 'topic' }), forkedPull],
  },
  'who may push': {
    act: (forge) => forge.canWrite('ada'),
    exchanges: [{ ask: users('ada'), json: sample('users') }],
    want: true,
  },
  'who is only part of a name': {
    act: (forge) => forge.canWrite('ad'),
    exchanges: [{ ask: users('ad'), json: sample('users') }],
    want: false,
  },
  'permissions that the token may not see': {
    act: (forge) => forge.canWrite('ada'),
    exchanges: [{ ask: users('ada'), status: 401, json: { errors: [{ message: 'no' }] } }],
    want: undefined,
  },
  heads: {
    act: (forge) => forge.listHeads(),
    exchanges: [{ ask: `GET ${repository}/branches?limit=500`, json: sample('branches') }],
    want: {
      defaultBranch: 'main',
      heads: [
        { ref: 'refs/heads/main', commit: before },
        { ref: 'refs/heads/topic', commit },
      ],
    },
  },
  'a build': {
    act: (forge) => forge.report({ ...report, ref: 'refs/heads/topic', url: 'https://ci.example.com/1' }),
    exchanges: [
      {
        ask: `POST ${repository}/commits/${commit}/builds`,
        body: {
          key: 'c8s/build',
          name: 'c8s/build',
          state: 'SUCCESSFUL',
          description: '3 steps',
          url: 'https://ci.example.com/1',
          ref: 'refs/heads/topic',
        },
        status: 204,
      },
    ],
    want: {},
  },
  'a comment of ours among others': {
    act: (forge) => forge.upsertComment(7, '<!-- x -->', '<!-- x -->\nnew'),
    exchanges: [
      { ask: `GET ${pull}/activities?limit=500`, json: sample('activities') },
      { ask: `PUT ${pull}/comments/2`, body: { text: 'new\n\n[c8s]: # (x)', version: 0 }, status: 401 },
      { ask: `PUT ${pull}/comments/3`, body: { text: 'new\n\n[c8s]: # (x)', version: 4 }, json: {} },
    ],
    want: undefined,
  },
  'the first comment': {
    act: (forge) => forge.upsertComment(7, '<!-- y -->', 'new'),
    exchanges: [
      { ask: `GET ${pull}/activities?limit=500`, json: sample('activities') },
      { ask: `POST ${pull}/comments`, body: { text: 'new\n\n[c8s]: # (y)' }, status: 201, json: {} },
    ],
    want: undefined,
  },
  'a webhook that is missing': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/webhooks?limit=500`, json: { values: [], isLastPage: true } },
      { ask: `POST ${repository}/webhooks`, body: hookBody, status: 201, json: {} },
    ],
    want: 'created',
  },
  'a webhook that is switched off': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/webhooks?limit=500`, json: { values: [{ ...hookBody, id: 3, active: false }] } },
      { ask: `PUT ${repository}/webhooks/3`, body: hookBody, json: {} },
    ],
    want: 'repaired',
  },
  'a webhook whose secret nobody can see': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/webhooks?limit=500`, json: sample('webhooks') },
      { ask: `PUT ${repository}/webhooks/10`, body: hookBody, json: {} },
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
      spec: { provider: 'bitbucket', repository: `${url}/git/scm/PRJ/app.git` },
      secret: { token: 'BBDC-example' },
    }),
    headers: { authorization: 'Bearer BBDC-example' },
  })
})
