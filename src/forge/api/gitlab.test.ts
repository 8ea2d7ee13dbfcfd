import { expect, test } from 'vitest'
import { checkExchanges, type Exchange, readSample } from '../../../test/helpers/forge-exchange.ts'
import type { CommitReport } from '../../vcs/calls.ts'
import { type Forge, ForgeError } from '../forge.ts'

const commit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc'
const before = '5f3c6f9ee1d0a1c6b1f8f3f6ec86cf2d4d4f2b11'
const forked = '6dcb09b5b57875f334f61aebed695e2e4193db5e'
const project = '/api/v4/projects/group%2Fsub%2Fapp%2Ejs'
const sample = (name: string) => readSample(`gitlab/api/${name}.json`)

interface Case {
  readonly act: (forge: Forge) => Promise<unknown>
  readonly exchanges: readonly Exchange[]
  readonly want: unknown
}

const report: CommitReport = { commit, context: 'c8s/build', state: 'running', description: '1 of 3 steps' }
const statuses = `POST ${project}/statuses/${commit}`
const statusBody = { state: 'running', name: 'c8s/build', description: '1 of 3 steps' }
const refuse = (event: string, from: string) => ({
  status: 400,
  json: { message: `Cannot transition status via :${event} from :${from} (Reason(s): Status cannot transition)` },
})
const hook = { url: 'https://ci.example.com/webhooks/gitlab', secret: 'hook-secret' }
const hookBody = {
  url: hook.url,
  token: hook.secret,
  push_events: true,
  tag_push_events: true,
  merge_requests_events: true,
  note_events: true,
  enable_ssl_verification: true,
  push_events_branch_filter: '',
}
const forkedRequest = {
  number: 7,
  title: 'From a fork',
  isFork: true,
  commit: forked,
  branch: 'main',
  targetBranch: 'main',
  ref: 'refs/merge-requests/7/head',
  author: 'lin',
  url: 'https://gitlab.example.com/group/sub/app/-/merge_requests/7',
}
const notes = `${project}/merge_requests/7/notes`

const cases: Readonly<Record<string, Case>> = {
  'the message of a commit': {
    act: (forge) => forge.readCommitMessage?.(commit) ?? Promise.resolve(),
    exchanges: [
      { ask: `GET ${project}/repository/commits/${commit}`, json: { id: commit, message: 'Fix it [skip ci]' } },
    ],
    want: 'Fix it [skip ci]',
  },
  'files at a commit': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${project}/repository/tree?path=.c8s&ref=${commit}&per_page=100`, json: sample('tree') },
      { ask: `GET ${project}/repository/files/%2Ec8s%2Eyaml/raw?ref=${commit}`, text: 'a: 1\n' },
      { ask: `GET ${project}/repository/files/%2Ec8s%2Fbuild%2Eyaml/raw?ref=${commit}`, text: 'b: 1\n' },
      { ask: `GET ${project}/repository/files/%2Ec8s%2Ftest%2Eyml/raw?ref=${commit}`, text: 'c: 1\n' },
    ],
    want: [
      { path: '.c8s.yaml', text: 'a: 1\n' },
      { path: '.c8s/build.yaml', text: 'b: 1\n' },
      { path: '.c8s/test.yml', text: 'c: 1\n' },
    ],
  },
  'no files': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${project}/repository/tree?path=.c8s&ref=${commit}&per_page=100`, status: 404 },
      { ask: `GET ${project}/repository/files/%2Ec8s%2Eyaml/raw?ref=${commit}`, status: 404 },
      { ask: `GET ${project}/repository/commits/${commit}`, json: { id: commit } },
    ],
    want: [],
  },
  'changes of a push': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      { ask: `GET ${project}/repository/compare?from=${before}&to=${commit}&straight=true`, json: sample('compare') },
    ],
    want: ['README.md', 'src/new.ts', 'src/old.ts'],
  },
  'a comparison that took too long': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      {
        ask: `GET ${project}/repository/compare?from=${before}&to=${commit}&straight=true`,
        json: { diffs: [], compare_timeout: true },
      },
    ],
    want: undefined,
  },
  'changes of a merge request': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit: forked, targetBranch: 'main' }),
    exchanges: [
      { ask: `GET ${project}/merge_requests/7/diffs?per_page=100`, json: sample('diffs') },
      { ask: `GET ${project}/merge_requests/7`, json: sample('merge-request-from-fork') },
    ],
    want: ['README.md', 'src/new.ts', 'src/old.ts'],
  },
  'a merge request with more changes than are listed': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit: forked, targetBranch: 'main' }),
    exchanges: [
      { ask: `GET ${project}/merge_requests/7/diffs?per_page=100`, json: sample('diffs') },
      { ask: `GET ${project}/merge_requests/7`, json: { sha: forked, changes_count: '1000+' } },
    ],
    want: undefined,
  },
  'a merge request': {
    act: (forge) => forge.readPullRequest(7),
    exchanges: [{ ask: `GET ${project}/merge_requests/7`, json: sample('merge-request-from-fork') }],
    want: forkedRequest,
  },
  'open merge requests': {
    act: (forge) => forge.listOpenPullRequests(),
    exchanges: [{ ask: `GET ${project}/merge_requests?state=opened&per_page=100`, json: sample('merge-requests') }],
    want: [
      expect.objectContaining({ number: 8, isFork: false, branch: 'topic' }),
      forkedRequest,
      expect.objectContaining({ number: 6, isFork: true }),
    ],
  },
  'a developer, by id': {
    act: (forge) => forge.canWrite('1'),
    exchanges: [{ ask: `GET ${project}/members/all/1`, json: sample('member') }],
    want: true,
  },
  'a reporter, by name': {
    act: (forge) => forge.canWrite('Lin'),
    exchanges: [
      {
        ask: 'GET /api/v4/users?username=Lin',
        json: [
          { id: 3, username: 'linus' },
          { id: 2, username: 'lin' },
        ],
      },
      { ask: `GET ${project}/members/all/2`, json: { id: 2, access_level: 20, state: 'active' } },
    ],
    want: false,
  },
  'a maintainer who is blocked': {
    act: (forge) => forge.canWrite('1'),
    exchanges: [{ ask: `GET ${project}/members/all/1`, json: { id: 1, access_level: 40, state: 'blocked' } }],
    want: false,
  },
  'somebody who is no member': {
    act: (forge) => forge.canWrite('1'),
    exchanges: [{ ask: `GET ${project}/members/all/1`, status: 404, json: { message: '404 Not found' } }],
    want: false,
  },
  heads: {
    act: (forge) => forge.listHeads(),
    exchanges: [
      { ask: `GET ${project}`, json: sample('project') },
      { ask: `GET ${project}/repository/branches?per_page=100`, json: sample('branches') },
    ],
    want: {
      defaultBranch: 'main',
      heads: [
        { ref: 'refs/heads/main', commit: before },
        { ref: 'refs/heads/topic', commit },
      ],
    },
  },
  'a status of a fork’s commit': {
    act: (forge) =>
      forge.report({ ...report, state: 'error', url: 'https://ci.example.com/1', ref: 'refs/merge-requests/7/head' }),
    exchanges: [
      {
        ask: statuses,
        body: {
          ...statusBody,
          state: 'failed',
          target_url: 'https://ci.example.com/1',
          ref: 'refs/merge-requests/7/head',
        },
        status: 201,
        json: sample('status'),
      },
    ],
    want: {},
  },
  'a status that is told twice': {
    act: (forge) => forge.report({ ...report, ref: 'refs/heads/topic/a' }),
    exchanges: [{ ask: statuses, body: { ...statusBody, ref: 'topic/a' }, ...refuse('run', 'running') }],
    want: {},
  },
  'a status that comes late': {
    act: (forge) => forge.report({ ...report, state: 'pending' }),
    exchanges: [{ ask: statuses, body: { ...statusBody, state: 'pending' }, ...refuse('enqueue', 'running') }],
    want: {},
  },
  'a status that is refused': {
    act: (forge) => forge.report({ ...report, state: 'success' }).catch((error: unknown) => error),
    exchanges: [{ ask: statuses, body: { ...statusBody, state: 'success' }, ...refuse('succeed', 'canceled') }],
    want: new ForgeError(
      'refused',
      'gitlab.example.com/group/sub/app.js: the state success was refused: Cannot transition status via :succeed from :canceled (Reason(s): Status cannot transition)',
    ),
  },
  'a comment of ours among others': {
    act: (forge) => forge.upsertComment(7, '<!-- c8s -->', 'new <!-- c8s -->'),
    exchanges: [
      { ask: `GET ${notes}?per_page=100`, json: sample('notes') },
      { ask: 'GET /api/v4/user', json: sample('user') },
      { ask: `PUT ${notes}/3`, body: { body: 'new <!-- c8s -->' }, json: {} },
    ],
    want: undefined,
  },
  'a comment that was deleted meanwhile': {
    act: (forge) => forge.upsertComment(7, '<!-- c8s -->', 'new <!-- c8s -->'),
    exchanges: [
      { ask: `GET ${notes}?per_page=100`, json: sample('notes') },
      { ask: 'GET /api/v4/user', json: sample('user') },
      { ask: `PUT ${notes}/3`, body: { body: 'new <!-- c8s -->' }, status: 404 },
      { ask: `POST ${notes}`, body: { body: 'new <!-- c8s -->' }, status: 201, json: {} },
    ],
    want: undefined,
  },
  'a webhook that is missing': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${project}/hooks?per_page=100`, json: [{ id: 2, url: 'https://other.example.com' }] },
      { ask: `POST ${project}/hooks`, body: hookBody, status: 201, json: {} },
    ],
    want: 'created',
  },
  'a webhook whose secret nobody can see': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${project}/hooks?per_page=100`, json: sample('hooks') },
      { ask: `PUT ${project}/hooks/1`, body: hookBody, json: {} },
    ],
    want: 'unchanged',
  },
  'a webhook that GitLab gave up': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      {
        ask: `GET ${project}/hooks?per_page=100`,
        json: [{ ...(sample('hooks') as object[])[0], alert_status: 'disabled' }],
      },
      { ask: `PUT ${project}/hooks/1`, body: hookBody, json: {} },
    ],
    want: 'repaired',
  },
}

test.each(Object.entries(cases))('%s', async (_, { act, exchanges, want }) => {
  await checkExchanges({
    act,
    exchanges,
    want,
    open: (url) => ({
      spec: {
        provider: 'gitlab',
        repository: 'https://gitlab.example.com/group/sub/app.js.git',
        apiURL: `${url}/api/v4/`,
      },
      secret: { token: 'glpat-example' },
    }),
    headers: { authorization: 'Bearer glpat-example' },
  })
})
