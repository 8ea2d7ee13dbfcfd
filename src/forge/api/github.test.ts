import { generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { checkExchanges, type Exchange, readSample } from '../../../test/helpers/forge-exchange.ts'
import type { CommitReport } from '../../vcs/calls.ts'
import type { Forge } from '../forge.ts'

const commit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc'
const before = '5f3c6f9ee1d0a1c6b1f8f3f6ec86cf2d4d4f2b11'
const forked = '6dcb09b5b57875f334f61aebed695e2e4193db5e'
const repository = '/repos/org/app'
const raw = { accept: 'application/vnd.github.raw+json' }
const sample = (name: string) => readSample(`github/api/${name}.json`)
const key = generateKeyPairSync('rsa', { modulusLength: 2048 })
const privateKey = key.privateKey.export({ type: 'pkcs1', format: 'pem' }).toString()

const secrets = {
  token: { token: 'ghp_example' },
  app: { 'app-id': '4711', 'installation-id': '815', 'private-key': privateKey },
}
const asksForToken: Exchange = {
  ask: 'POST /app/installations/815/access_tokens',
  body: { repositories: ['app'] },
  status: 201,
  json: sample('installation-token'),
}

interface Case {
  readonly as?: keyof typeof secrets
  readonly act: (forge: Forge) => Promise<unknown>
  readonly exchanges: readonly Exchange[]
  readonly want: unknown
}

const report: CommitReport = { commit, context: 'c8s/build', state: 'running', description: '1 of 3 steps' }
const page = { url: 'https://ci.example.com/1' }
const hook = { url: 'https://ci.example.com/webhooks/github', secret: 'hook-secret' }
const hookBody = {
  name: 'web',
  active: true,
  events: ['push', 'pull_request', 'issue_comment'],
  config: { url: hook.url, secret: hook.secret, content_type: 'json', insecure_ssl: '0' },
}
const forkedPull = {
  number: 7,
  title: 'From a fork',
  isFork: true,
  commit: forked,
  branch: 'main',
  targetBranch: 'main',
  ref: 'refs/pull/7/head',
  author: 'lin',
  headRepository: 'https://github.com/lin/app.git',
  url: 'https://github.com/org/app/pull/7',
}
const checks = `${repository}/check-runs`
const latest = `GET ${repository}/commits/${commit}/check-runs?check_name=c8s%2Fbuild&filter=latest`
const output = { title: '1 of 3 steps', summary: '1 of 3 steps' }
const told = { id: '4', url: 'https://github.com/org/app/runs/4' }

const cases: Readonly<Record<string, Case>> = {
  'the message of a commit': {
    act: (forge) => forge.readCommitMessage?.(commit) ?? Promise.resolve(),
    exchanges: [{ ask: `GET ${repository}/git/commits/${commit}`, json: { message: 'Fix it [skip ci]' } }],
    want: 'Fix it [skip ci]',
  },
  'files at a commit': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${repository}/contents/.c8s?ref=${commit}`, json: sample('contents') },
      { ask: `GET ${repository}/contents/.c8s.yaml?ref=${commit}`, headers: raw, status: 404 },
      { ask: `GET ${repository}/contents/.c8s/build.yaml?ref=${commit}`, headers: raw, text: 'name: bü\n' },
      { ask: `GET ${repository}/contents/.c8s/test.yml?ref=${commit}`, headers: raw, text: '{"a": 1}' },
    ],
    want: [
      { path: '.c8s/build.yaml', text: 'name: bü\n' },
      { path: '.c8s/test.yml', text: '{"a": 1}' },
    ],
  },
  'no files, and .c8s is a file': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      { ask: `GET ${repository}/contents/.c8s?ref=${commit}`, json: { type: 'file', path: '.c8s' } },
      { ask: `GET ${repository}/contents/.c8s.yaml?ref=${commit}`, headers: raw, status: 404 },
      { ask: `GET ${repository}/git/commits/${commit}`, json: { sha: commit } },
    ],
    want: [],
  },
  'changes of a push': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [{ ask: `GET ${repository}/compare/${before}...${commit}?per_page=1`, json: sample('compare') }],
    want: ['README.md', 'src/new.ts', 'src/old.ts'],
  },
  'changes of a forced push': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      { ask: `GET ${repository}/compare/${before}...${commit}?per_page=1`, json: { status: 'diverged', files: [] } },
    ],
    want: undefined,
  },
  'changes of a new branch': {
    act: (forge) => forge.listChanges({ kind: 'push', commit }),
    exchanges: [],
    want: undefined,
  },
  'more changes than a comparison lists': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      {
        ask: `GET ${repository}/compare/${before}...${commit}?per_page=1`,
        json: { status: 'ahead', files: Array.from({ length: 300 }, (_, index) => ({ filename: `${index}` })) },
      },
    ],
    want: undefined,
  },
  'changes of a pull request': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit: forked, targetBranch: 'main' }),
    exchanges: [
      {
        ask: `GET ${repository}/pulls/7/files?per_page=100`,
        json: sample('files'),
        answerHeaders: { link: '<https://api.github.com/evil?page=2>; rel="next", <https://x/y>; rel="last"' },
      },
      { ask: `GET ${repository}/pulls/7/files?per_page=100&page=2`, json: [{ filename: 'z' }] },
      { ask: `GET ${repository}/pulls/7`, json: sample('pull-request-from-fork') },
    ],
    want: ['README.md', 'src/new.ts', 'src/old.ts', 'z'],
  },
  'changes of a pull request that has moved on': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 7, commit, targetBranch: 'main' }),
    exchanges: [
      { ask: `GET ${repository}/pulls/7/files?per_page=100`, json: sample('files') },
      { ask: `GET ${repository}/pulls/7`, json: sample('pull-request-from-fork') },
    ],
    want: undefined,
  },
  'a pull request': {
    act: (forge) => forge.readPullRequest(7),
    exchanges: [{ ask: `GET ${repository}/pulls/7`, json: sample('pull-request-from-fork') }],
    want: forkedPull,
  },
  'open pull requests': {
    act: (forge) => forge.listOpenPullRequests(),
    exchanges: [{ ask: `GET ${repository}/pulls?state=open&per_page=100`, json: sample('pull-requests') }],
    want: [
      expect.objectContaining({ number: 8, isFork: false, branch: 'topic', author: 'ada' }),
      forkedPull,
      expect.objectContaining({ number: 6, isFork: true, branch: 'old' }),
    ],
  },
  'who may push': {
    act: (forge) => forge.canWrite('a/d?a'),
    exchanges: [{ ask: `GET ${repository}/collaborators/a%2Fd%3Fa/permission`, json: sample('permission') }],
    want: true,
  },
  'who may only read': {
    act: (forge) => forge.canWrite('..'),
    exchanges: [{ ask: `GET ${repository}/collaborators/%2E%2E/permission`, json: { permission: 'read' } }],
    want: false,
  },
  'permissions that the token may not see': {
    act: (forge) => forge.canWrite('ada'),
    exchanges: [{ ask: `GET ${repository}/collaborators/ada/permission`, status: 403, json: { message: 'no' } }],
    want: undefined,
  },
  heads: {
    act: (forge) => forge.listHeads(),
    exchanges: [
      { ask: `GET ${repository}`, json: sample('repository') },
      { ask: `GET ${repository}/branches?per_page=100`, json: sample('branches') },
    ],
    want: {
      defaultBranch: 'main',
      heads: [
        { ref: 'refs/heads/main', commit: before },
        { ref: 'refs/heads/topic', commit },
      ],
    },
  },
  'a status': {
    act: (forge) => forge.report({ ...report, ...page, description: `${'x'.repeat(139)}\nyz` }),
    exchanges: [
      {
        ask: `POST ${repository}/statuses/${commit}`,
        body: {
          state: 'pending',
          context: 'c8s/build',
          description: `${'x'.repeat(139)}…`,
          target_url: 'https://ci.example.com/1',
        },
        status: 201,
        json: sample('status'),
      },
    ],
    want: {},
  },
  'a check run that is new': {
    as: 'app',
    act: (forge) => forge.report({ ...report, ...page, startedAt: '2026-11-21T13:00:00Z' }),
    exchanges: [
      asksForToken,
      { ask: latest, json: { total_count: 0, check_runs: [] } },
      {
        ask: `POST ${checks}`,
        body: {
          name: 'c8s/build',
          head_sha: commit,
          status: 'in_progress',
          started_at: '2026-11-21T13:00:00Z',
          details_url: 'https://ci.example.com/1',
          output,
        },
        status: 201,
        json: sample('check-run'),
      },
    ],
    want: told,
  },
  'a check run whose id was lost': {
    as: 'app',
    act: (forge) => forge.report({ ...report, state: 'pending' }),
    exchanges: [
      asksForToken,
      { ask: latest, json: sample('check-runs') },
      { ask: `PATCH ${checks}/4`, body: { name: 'c8s/build', status: 'queued', output }, json: sample('check-run') },
    ],
    want: told,
  },
  'a check run that fails at a line': {
    as: 'app',
    act: (forge) =>
      forge.report({
        ...report,
        id: '4',
        state: 'failure',
        completedAt: '2026-11-21T13:10:00Z',
        annotation: { reason: 'Invalid', message: 'steps[0].image is missing', file: '.c8s.yaml', line: 3 },
      }),
    exchanges: [
      asksForToken,
      {
        ask: `PATCH ${checks}/4`,
        body: {
          name: 'c8s/build',
          status: 'completed',
          conclusion: 'failure',
          completed_at: '2026-11-21T13:10:00Z',
          output: {
            title: '1 of 3 steps',
            summary: 'steps[0].image is missing',
            annotations: [
              {
                path: '.c8s.yaml',
                start_line: 3,
                end_line: 3,
                annotation_level: 'failure',
                title: 'Invalid',
                message: 'steps[0].image is missing',
              },
            ],
          },
        },
        json: sample('check-run'),
      },
    ],
    want: told,
  },
  'a comment of ours among others': {
    act: (forge) => forge.upsertComment(7, '<!-- c8s -->', 'new <!-- c8s -->'),
    exchanges: [
      { ask: `GET ${repository}/issues/7/comments?per_page=100`, json: sample('comments') },
      { ask: 'GET /user', json: sample('user') },
      { ask: `PATCH ${repository}/issues/comments/3`, body: { body: 'new <!-- c8s -->' }, json: {} },
    ],
    want: undefined,
  },
  'a comment of the app': {
    as: 'app',
    act: (forge) => forge.upsertComment(7, '<!-- c8s -->', 'old <!-- c8s -->'),
    exchanges: [asksForToken, { ask: `GET ${repository}/issues/7/comments?per_page=100`, json: sample('comments') }],
    want: undefined,
  },
  'the first comment': {
    act: (forge) => forge.upsertComment(7, '<!-- c8s -->', 'new'),
    exchanges: [
      { ask: `GET ${repository}/issues/7/comments?per_page=100`, json: [] },
      { ask: `POST ${repository}/issues/7/comments`, body: { body: 'new\n\n<!-- c8s -->' }, status: 201, json: {} },
    ],
    want: undefined,
  },
  'a webhook that is missing': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?per_page=100`, json: [] },
      { ask: `POST ${repository}/hooks`, body: hookBody, status: 201, json: {} },
    ],
    want: 'created',
  },
  'a webhook whose secret nobody can see': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?per_page=100`, json: sample('hooks') },
      { ask: `PATCH ${repository}/hooks/12345678`, body: hookBody, json: {} },
    ],
    want: 'unchanged',
  },
  'a webhook that checks no certificates': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      {
        ask: `GET ${repository}/hooks?per_page=100`,
        json: [{ id: 5, active: true, events: hookBody.events, config: { ...hookBody.config, insecure_ssl: '1' } }],
      },
      { ask: `PATCH ${repository}/hooks/5`, body: hookBody, json: {} },
    ],
    want: 'repaired',
  },
}

test.each(Object.entries(cases))('%s', async (_, { as = 'token', act, exchanges, want }) => {
  const server = await checkExchanges({
    act,
    exchanges,
    want,
    open: (apiURL) => ({
      spec: { provider: 'github', repository: 'https://github.com/org/app', apiURL },
      secret: secrets[as],
    }),
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  })
  for (const { ask, headers } of server.seen) checkCredential(as, ask, headers.authorization ?? '')
})

function checkCredential(as: keyof typeof secrets, ask: string, authorization: string): void {
  if (ask !== asksForToken.ask) {
    const token = as === 'app' ? 'ghs_16C7e42F292c6912E7710c838347Ae178B4a' : 'ghp_example'
    expect(authorization).toBe(`Bearer ${token}`)
    return
  }
  const [head = '', claims = '', signature = ''] = authorization.replace('Bearer ', '').split('.')
  const signed = Buffer.from(`${head}.${claims}`)
  expect(verify('RSA-SHA256', signed, key.publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: '4711' })
}
