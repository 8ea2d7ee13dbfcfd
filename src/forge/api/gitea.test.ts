import { expect, test } from 'vitest'
import { checkExchanges, type Exchange, readSample } from '../../../test/helpers/forge-exchange.ts'
import { findId, findList, findText, readText } from '../../vcs/outgoing/answers.ts'
import { type Forge, ForgeError } from '../forge.ts'

const repository = '/api/v1/repos/ada/app'
const sample = (name: string) => readSample(`gitea/api/${name}.json`)
const branches = sample('branches') as readonly unknown[]
const commitOf = (name: string): string =>
  readText(
    branches.find((branch) => findText(branch, 'name') === name),
    'commit.id',
  )
const [commit, own] = [commitOf('main'), commitOf('own')]
const before = '5f3c6f9ee1d0a1c6b1f8f3f6ec86cf2d4d4f2b11'
const forked = readText(sample('pull-request-from-fork'), 'head.sha')
const bare = 'verification=false'

/** The answer about a file of a tree, as Gitea gave it. */
function blobOf(tree: string, path: string): Exchange {
  const entry = findList(sample(tree), 'tree').find((each) => findText(each, 'path') === path)
  const sha = readText(entry, 'sha')
  return { ask: `GET ${repository}/git/blobs/${sha}`, json: (sample('blobs') as Record<string, unknown>)[sha] }
}
const folder = readText(sample('tree-folder'), 'sha')
const trees: readonly Exchange[] = [
  { ask: `GET ${repository}/git/trees/${commit}`, json: sample('tree-root') },
  { ask: `GET ${repository}/git/trees/${folder}`, json: sample('tree-folder') },
]

interface Case {
  readonly act: (forge: Forge) => Promise<unknown>
  readonly exchanges: readonly Exchange[]
  readonly want: unknown
  readonly secret?: Readonly<Record<string, string>>
}

const report = { commit, context: 'c8s/build', state: 'running', description: '1 of 3 steps' } as const
const hook = { url: 'https://ci.example.com/webhooks/gitea', secret: 's2' }
const hookBody = {
  type: 'gitea',
  name: 'c8s 07f87922',
  active: true,
  events: ['push', 'delete', 'pull_request_only', 'pull_request_sync', 'pull_request_comment'],
  config: { url: hook.url, secret: hook.secret, content_type: 'json' },
}
const [foundHook] = sample('hooks') as readonly Record<string, unknown>[]
const hookId = findId(foundHook, 'id')
const comments = `${repository}/issues/1/comments`
const forkedPull = {
  number: 1,
  title: 'From a fork',
  isFork: true,
  commit: forked,
  branch: 'feature',
  targetBranch: 'main',
  ref: 'refs/pull/1/head',
  author: 'lin',
  headRepository: 'http://git.example.com:3000/lin/app.git',
  url: 'http://git.example.com:3000/ada/app/pulls/1',
}

const cases: Readonly<Record<string, Case>> = {
  'the message of a commit': {
    act: (forge) => forge.readCommitMessage?.(commit) ?? Promise.resolve(),
    exchanges: [
      {
        ask: `GET ${repository}/git/commits/${commit}?stat=false&verification=false&files=false`,
        json: { commit: { message: 'Fix it [skip ci]' } },
      },
    ],
    want: 'Fix it [skip ci]',
  },
  'files at a commit': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [
      ...trees,
      blobOf('tree-root', '.c8s.yaml'),
      blobOf('tree-folder', 'a.yml'),
      blobOf('tree-folder', 'b.yaml'),
    ],
    want: [
      { path: '.c8s.yaml', text: 'version: v1alpha1 # ä\n' },
      { path: '.c8s/a.yml', text: 'a: 1\n' },
      { path: '.c8s/b.yaml', text: 'b: 1\n' },
    ],
  },
  'no files': {
    act: (forge) => forge.readPipelineFiles(commit),
    exchanges: [{ ask: `GET ${repository}/git/trees/${commit}`, json: { tree: null, truncated: false } }],
    want: [],
  },
  'a commit that is not there': {
    act: (forge) => forge.readPipelineFiles(commit).catch((error: unknown) => error),
    exchanges: [{ ask: `GET ${repository}/git/trees/${commit}`, status: 400, json: { message: 'sha not found' } }],
    want: expect.objectContaining({ kind: 'notFound' }),
  },
  'changes of a push': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      { ask: `GET ${repository}/compare/${before}...${commit}?${bare}`, json: sample('compare') },
      { ask: `GET ${repository}/compare/${commit}...${before}?${bare}&files=false`, json: { total_commits: 0 } },
    ],
    want: [
      '.c8s.yaml',
      '.c8s/README.md',
      '.c8s/a.yml',
      '.c8s/b.yaml',
      '.c8s/link.yaml',
      '.c8s/sub/x.yaml',
      'src/x.ts',
      'src/y z.ts',
    ],
  },
  'changes of a forced push': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      { ask: `GET ${repository}/compare/${before}...${commit}?${bare}`, json: sample('compare') },
      { ask: `GET ${repository}/compare/${commit}...${before}?${bare}&files=false`, json: { total_commits: 1 } },
    ],
    want: undefined,
  },
  'changes since a commit that is gone': {
    act: (forge) => forge.listChanges({ kind: 'push', before, commit }),
    exchanges: [
      { ask: `GET ${repository}/compare/${before}...${commit}?${bare}`, status: 500, json: { message: '' } },
      { ask: `GET ${repository}/compare/${commit}...${before}?${bare}&files=false`, status: 500, text: 'PANIC' },
    ],
    want: undefined,
  },
  'changes of a pull request': {
    act: (forge) => forge.listChanges({ kind: 'pullRequest', number: 1, commit: forked, targetBranch: 'main' }),
    exchanges: [
      { ask: `GET ${repository}/pulls/1/files?limit=50`, json: sample('files') },
      { ask: `GET ${repository}/pulls/1`, json: sample('pull-request-from-fork') },
    ],
    want: ['src/renamed.ts', 'src/x.ts', 'z'],
  },
  'a pull request': {
    act: (forge) => forge.readPullRequest(1),
    exchanges: [{ ask: `GET ${repository}/pulls/1`, json: sample('pull-request-from-fork') }],
    want: forkedPull,
  },
  'open pull requests, one pushed to refs/for by somebody who may read': {
    act: (forge) => forge.listOpenPullRequests(),
    exchanges: [{ ask: `GET ${repository}/pulls?state=open&limit=50`, json: sample('pull-requests') }],
    want: [
      {
        number: 3,
        title: 'x',
        isFork: true,
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
        branch: 'refs/pull/3/head',
        targetBranch: 'main',
        ref: 'refs/pull/3/head',
        author: 'lin',
        url: 'http://git.example.com:3000/ada/app/pulls/3',
      },
      expect.objectContaining({ number: 2, isFork: false, branch: 'own' }),
      forkedPull,
    ],
  },
  'who may only read': {
    act: (forge) => forge.canWrite('lin'),
    exchanges: [{ ask: `GET ${repository}/collaborators/lin/permission`, json: sample('permission') }],
    want: false,
  },
  'the owner': {
    act: (forge) => forge.canWrite('ada'),
    exchanges: [{ ask: `GET ${repository}/collaborators/ada/permission`, json: { permission: 'owner' } }],
    want: true,
  },
  'heads on several pages': {
    act: (forge) => forge.listHeads(),
    exchanges: [
      { ask: `GET ${repository}`, json: sample('repository') },
      { ask: `GET ${repository}/branches?limit=50`, json: [branches[0]], answerHeaders: { 'x-total-count': '2' } },
      {
        ask: `GET ${repository}/branches?limit=50&page=2`,
        json: [branches[1]],
        answerHeaders: { 'x-total-count': '2' },
      },
    ],
    want: {
      defaultBranch: 'main',
      heads: [
        { ref: 'refs/heads/main', commit },
        { ref: 'refs/heads/own', commit: own },
      ],
    },
  },
  'a status': {
    act: (forge) => forge.report(report),
    exchanges: [
      {
        ask: `POST ${repository}/statuses/${commit}`,
        body: { state: 'pending', context: 'c8s/build', description: '1 of 3 steps' },
        status: 201,
        json: { id: 1, status: 'pending' },
      },
    ],
    want: {},
  },
  'a comment of ours among others': {
    act: (forge) => forge.upsertComment(1, '<!-- c8s -->', 'new <!-- c8s -->'),
    exchanges: [
      { ask: `GET ${comments}?limit=50`, json: sample('comments') },
      { ask: 'GET /api/v1/user', json: sample('user') },
      { ask: `PATCH ${repository}/issues/comments/9`, body: { body: 'new <!-- c8s -->' }, json: {} },
    ],
    want: undefined,
  },
  'a token that may not ask who it is': {
    act: (forge) => forge.upsertComment(1, '<!-- c8s -->', 'new <!-- c8s -->').catch((error: unknown) => error),
    exchanges: [
      { ask: `GET ${comments}?limit=50`, json: sample('comments') },
      { ask: 'GET /api/v1/user', status: 403, json: { message: 'token does not have at least one of required scope' } },
    ],
    want: expect.any(ForgeError),
  },
  'a token that may not, and its user in the Secret': {
    act: (forge) => forge.upsertComment(1, '<!-- c8s -->', 'new <!-- c8s -->'),
    exchanges: [
      { ask: `GET ${comments}?limit=50`, json: sample('comments') },
      { ask: 'GET /api/v1/user', status: 403 },
      { ask: `PATCH ${repository}/issues/comments/9`, body: { body: 'new <!-- c8s -->' }, json: {} },
    ],
    want: undefined,
    secret: { token: 'example', username: 'Ada' },
  },
  'a webhook that is missing': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?limit=50`, json: [], answerHeaders: { 'x-total-count': '0' } },
      { ask: `POST ${repository}/hooks`, body: hookBody, status: 201, json: {} },
    ],
    want: 'created',
  },
  'a webhook that is right': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?limit=50`, json: sample('hooks'), answerHeaders: { 'x-total-count': '1' } },
    ],
    want: 'unchanged',
  },
  'a webhook that signs with an old secret': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [
      { ask: `GET ${repository}/hooks?limit=50`, json: [{ ...foundHook, name: 'c8s 11111111' }] },
      { ask: `POST ${repository}/hooks`, body: hookBody, status: 201, json: {} },
      { ask: `DELETE ${repository}/hooks/${hookId}`, status: 204 },
    ],
    want: 'repaired',
  },
  'a webhook of a forge that keeps no names': {
    act: (forge) => forge.ensureWebhook(hook),
    exchanges: [{ ask: `GET ${repository}/hooks?limit=50`, json: [{ ...foundHook, name: undefined }] }],
    want: 'unchanged',
  },
}

test.each(Object.entries(cases))('%s', async (_, { act, exchanges, want, secret = { token: 'example' } }) => {
  await checkExchanges({
    act,
    exchanges,
    want,
    open: (url) => ({ spec: { provider: 'gitea', repository: `${url}/ada/app.git` }, secret }),
    headers: { authorization: 'token example' },
  })
})
