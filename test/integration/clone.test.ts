import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clone } from '../../src/agent/clone.ts'
import type { AgentReport, CloneOptions } from '../../src/lib/agent-options.ts'
import { GitHttpServer } from '../helpers/git-http-server.ts'
import { GitRepository } from '../helpers/git-repository.ts'

const password = 'p@ss/word+"1'

let root: string
let server: GitHttpServer
let repository: GitRepository
let first: string
let second: string
let turn = 0

interface Cloned extends AgentReport {
  readonly log: string
  readonly workspace: string
  readonly commitFile: string
}

beforeEach(async () => {
  // As the composition root sets it.
  process.umask(0o002)
  root = mkdtempSync(join(tmpdir(), 'c8s-clone-test-'))
  server = new GitHttpServer(root)
  await server.start()
  repository = new GitRepository(join(root, 'app.git'))
  first = repository.commit('main', { 'a.txt': 'one\n' })
  second = repository.commit('main', { 'a.txt': 'two\n', 'sub/b.sh': '#!/bin/sh\n' })
})

afterEach(async () => {
  await server.stop()
  rmSync(root, { recursive: true, force: true })
})

async function run(options: Partial<CloneOptions> = {}): Promise<Cloned> {
  const place = join(root, `pod-${turn++}`)
  const workspace = join(place, 'workspace')
  const commitFile = join(place, 'c8s/commit')
  mkdirSync(workspace, { recursive: true })
  mkdirSync(join(place, 'c8s'))
  const output = openSync(join(place, 'log'), 'w')
  const defaults = { repository: server.url('app.git'), commit: second, depth: 1, submodules: false }
  const report = await clone(
    { ...defaults, workspace, commitFile, ...options },
    { environment: { PATH: process.env['PATH'] }, output, pauses: [10, 20] },
  )
  expect(readdirSync(join(place, 'c8s'))).toEqual(report.reason === 'Cloned' ? ['commit'] : [])
  return { ...report, log: readFileSync(join(place, 'log'), 'utf8'), workspace, commitFile }
}

function writeAuth(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, 'auth-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'safe.directory=*', ...args], { cwd: folder, encoding: 'utf8' }).trim()

describe('a clone', () => {
  it('checks out exactly the commit, without history, and writes its full id', async () => {
    const done = await run({ commit: first })
    expect(done).toMatchObject({ reason: 'Cloned', commit: first })
    expect(readFileSync(join(done.workspace, 'a.txt'), 'utf8')).toBe('one\n')
    expect(readFileSync(done.commitFile, 'utf8')).toBe(`${first}\n`)
    expect(git(done.workspace, 'rev-list', '--count', 'HEAD')).toBe('1')
    expect(git(done.workspace, 'status', '--porcelain')).toBe('')
    expect(git(done.workspace, 'remote', 'get-url', 'origin')).toBe(server.url('app.git'))
  })

  it('takes the depth asked for, 0 being all', async () => {
    expect(git((await run({ depth: 2 })).workspace, 'rev-list', '--count', 'HEAD')).toBe('2')
    expect(git((await run({ depth: 0 })).workspace, 'rev-list', '--count', 'HEAD')).toBe('2')
  })

  it('leaves files that the group may write', async () => {
    const { workspace } = await run()
    for (const name of ['a.txt', 'sub', '.git', '.git/objects', '.git/config', '.git/refs']) {
      expect(statSync(join(workspace, name)).mode & 0o060, name).toBe(0o060)
    }
  })

  it('takes the place of what an attempt before left', async () => {
    const place = join(root, `pod-${turn}`)
    mkdirSync(join(place, 'workspace/.git'), { recursive: true })
    writeFileSync(join(place, 'workspace/.git/index.lock'), '')
    writeFileSync(join(place, 'workspace/left.txt'), '')
    const done = await run()
    expect(readdirSync(done.workspace).sort()).toEqual(['.git', 'a.txt', 'sub'])
  })

  it('completes a short id: of a tip, of an older commit, on another branch than said, in capitals', async () => {
    const other = repository.commit('feature/x', { 'c.txt': 'c\n' })
    repository.commit('feature/x', { 'c.txt': 'cc\n' })
    expect(await run({ commit: second.slice(0, 7) })).toMatchObject({ reason: 'Cloned', commit: second })
    expect(await run({ commit: first.slice(0, 8), branch: 'main' })).toMatchObject({ reason: 'Cloned', commit: first })
    expect(await run({ commit: other.slice(0, 9), branch: 'main' })).toMatchObject({ reason: 'Cloned', commit: other })
    expect(await run({ commit: second.slice(0, 12).toUpperCase() })).toMatchObject({ commit: second })
  })

  it('finds a commit on a server that gives out none by its id', async () => {
    server.behaviour.isOld = true
    repository.tag('v1')
    const third = repository.commit('main', { 'a.txt': 'three\n' })
    expect(await run({ commit: third, branch: 'main' })).toMatchObject({ reason: 'Cloned', commit: third })
    expect(await run({ commit: first, branch: 'main' })).toMatchObject({ reason: 'Cloned', commit: first })
    expect(await run({ commit: second, tag: 'v1' })).toMatchObject({ reason: 'Cloned', commit: second })
    expect(await run({ commit: first })).toMatchObject({ reason: 'Cloned', commit: first })
    expect(await run({ commit: first, branch: 'gone' })).toMatchObject({ reason: 'Cloned', commit: first })
    expect(await run({ commit: 'a'.repeat(40), branch: 'main' })).toMatchObject({ reason: 'CommitNotFound' })
  })

  it('finds the head of a pull request, now and after it moved on, on such a server', async () => {
    server.behaviour.isOld = true
    const head = repository.commit('contribution', { 'a.txt': 'mine\n' })
    repository.push(`${head}:refs/pull/7/head`)
    repository.push(':refs/heads/contribution')
    const ref = 'refs/pull/7/head'
    expect(await run({ commit: head, ref })).toMatchObject({ reason: 'Cloned', commit: head })
    const next = repository.commit('contribution', { 'a.txt': 'better\n' })
    repository.push(`${next}:refs/pull/7/head`)
    repository.push(':refs/heads/contribution')
    expect(await run({ commit: head })).toMatchObject({ reason: 'CommitNotFound' })
    expect(await run({ commit: head, ref })).toMatchObject({ reason: 'Cloned', commit: head })
    expect(await run({ commit: second, ref: 'refs/pull/8/head' })).toMatchObject({ reason: 'Cloned', commit: second })
    expect(await run({ commit: head, ref: 'refs/pull/8/head' })).toMatchObject({
      reason: 'CommitNotFound',
      message: expect.stringContaining('(refs/pull/8/head)') as string,
    })
  })

  it('finds a commit that is on no branch any more', async () => {
    const lost = repository.commit('main', { 'a.txt': 'lost\n' })
    repository.push(`${second}:refs/heads/main`)
    expect(await run({ commit: lost })).toMatchObject({ reason: 'Cloned', commit: lost })
  })

  it('takes repositories with SHA-256', async () => {
    const path = join(root, 'long.git')
    execFileSync('git', ['init', '--quiet', '--bare', '--object-format=sha256', '--initial-branch=main', path])
    const work = join(root, 'long')
    execFileSync('git', ['init', '--quiet', '--object-format=sha256', '--initial-branch=main', work])
    git(work, '-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit', '-q', '--allow-empty', '-m', 'x')
    git(work, 'push', '-q', path, 'main')
    const commit = git(work, 'rev-parse', 'HEAD')
    expect(commit).toHaveLength(64)
    const url = server.url('long.git')
    expect(await run({ repository: url, commit })).toMatchObject({ reason: 'Cloned', commit })
    expect(await run({ repository: url, commit: commit.slice(0, 10) })).toMatchObject({ reason: 'Cloned', commit })
  })

  it('tries again after a network failure, and says so', async () => {
    server.behaviour.outages = 2
    const done = await run()
    expect(done.reason).toBe('Cloned')
    expect(done.log).toContain('trying again')
    server.behaviour.outages = 99
    expect(await run()).toMatchObject({ reason: 'CloneFailed', message: expect.stringContaining('cannot be reached') })
    expect(server.behaviour.outages).toBe(96)
  })
})

describe('what is wrong is said', () => {
  it('a repository that is not there, without trying again', async () => {
    const url = server.url('none.git')
    expect(await run({ repository: url })).toMatchObject({
      reason: 'RepositoryNotFound',
      message: expect.stringContaining(`there is no repository at ${url}`),
    })
    expect(server.requests).toBe(1)
  })

  it('a commit that is not there', async () => {
    const none = 'a'.repeat(40)
    const want = {
      reason: 'CommitNotFound',
      message: `there is no commit ${none} in ${server.url('app.git')} (branch main)`,
    }
    expect(await run({ commit: none, branch: 'main' })).toMatchObject(want)
    expect(await run({ commit: 'abcdef0' })).toMatchObject({
      reason: 'CommitNotFound',
      message: `commit abcdef0 is on no branch or tag of ${server.url('app.git')}`,
    })
  })

  it('a server that is not there', async () => {
    const repositoryUrl = 'http://127.0.0.1:1/app.git'
    expect(await run({ repository: repositoryUrl })).toMatchObject({
      reason: 'CloneFailed',
      message: expect.stringContaining(`${repositoryUrl} cannot be reached`),
    })
  })

  it.each([
    ['ext::sh -c touch% /tmp/pwned', 'holds white space'],
    ['ext::sh', 'transport helper'],
    ['--upload-pack=touch /tmp/x', ''],
    ['file:///etc', 'does not start with'],
    ['/etc', 'does not start with'],
    ['ssh://-oProxyCommand=x/y', 'host'],
    ['https://user:s3cr3t-pw@example.com/x', 'holds a credential'],
    ['http://example.com/x\nfoo', 'white space'],
  ])('a URL like %j', async (url, words) => {
    const done = await run({ repository: url })
    expect(done.reason).toBe('CloneFailed')
    expect(done.message).toContain(words)
    expect(done.message + done.log).not.toContain('s3cr3t-pw')
    expect(done.log).toBe('')
  })

  it.each([
    [{ commit: '--upload-pack=x' }],
    [{ commit: 'main' }],
    [{ commit: 'abc' }],
    [{ branch: '--upload-pack=x' }],
    [{ branch: 'a b' }],
    [{ branch: 'main:refs/heads/x' }],
    [{ tag: '-x' }],
    [{ tag: 'a..b' }],
    [{ ref: 'pull/7/head' }],
    [{ ref: 'refs/pull/7/head:refs/heads/x' }],
    [{ depth: -1 }],
  ])('options like %j', async (options) => {
    const done = await run(options)
    expect(['CommitNotFound', 'CloneFailed']).toContain(done.reason)
    expect(server.requests).toBe(0)
  })
})

describe('a private repository', () => {
  beforeEach(() => {
    server.behaviour.credential = `bot:${password}`
  })

  it('is cloned with username and password, which stay nowhere', async () => {
    const authDirectory = writeAuth({ username: 'bot\n', password: `${password}\n` })
    const done = await run({ authDirectory, requiredBranches: ['main'], commit: second.slice(0, 8) })
    expect(done.reason).toBe('Cloned')
    const forms = [password, encodeURIComponent(password), Buffer.from(`bot:${password}`).toString('base64')]
    const args = ['-rlaF', ...forms.flatMap((form) => ['-e', form]), join(done.workspace, '..')]
    expect(spawnSync('grep', args, { encoding: 'utf8' })).toMatchObject({ stdout: '', status: 1 })
  })

  it('says that the credential is wrong, missing or of the wrong kind', async () => {
    const wrong = writeAuth({ username: 'bot', password: 'wrong-password' })
    const denied = await run({ authDirectory: wrong })
    expect(denied).toMatchObject({
      reason: 'AuthenticationFailed',
      message: expect.stringContaining('does not accept the credential'),
    })
    expect(denied.message + denied.log).not.toContain('wrong-password')
    expect(await run()).toMatchObject({
      reason: 'AuthenticationFailed',
      message: expect.stringContaining('wants a credential'),
    })
    expect(await run({ authDirectory: writeAuth({ 'ssh-key': 'x' }) })).toMatchObject({
      reason: 'AuthenticationFailed',
      message: 'the credential has no key "password", which an http repository needs',
    })
  })

  it('does not send the credential where it is redirected', async () => {
    const thief = new GitHttpServer(root)
    await thief.start()
    thief.behaviour.credential = 'anybody:else'
    server.behaviour.redirectTo = `http://127.0.0.1:${thief.port}`
    const done = await run({ authDirectory: writeAuth({ username: 'bot', password }) })
    await thief.stop()
    expect(done.reason).toBe('AuthenticationFailed')
    expect(thief.authorizations.length).toBeGreaterThan(0)
    expect(thief.authorizations.filter((value) => value !== undefined)).toEqual([])
  })
})

describe('required branches', () => {
  it('let through a commit of such a branch, tip or not, shallow or not', async () => {
    repository.commit('release/1', { 'r.txt': 'r\n' })
    for (const requiredBranches of [['main'], ['nothing', 'ma*'], ['release/*']]) {
      expect(await run({ commit: first, requiredBranches }), requiredBranches.join()).toMatchObject({
        reason: 'Cloned',
      })
    }
    expect(await run({ requiredBranches: ['main'] })).toMatchObject({ reason: 'Cloned' })
  })

  it('refuse the commit of another branch and of a fork, which can be fetched by its id', async () => {
    const other = repository.commit('feature', { 'f.txt': 'f\n' })
    expect(await run({ commit: other, requiredBranches: ['main'] })).toMatchObject({
      reason: 'CommitNotOnBranch',
      message: `commit ${other} is on no branch of ${server.url('app.git')} that may use these secrets (main)`,
    })
    repository.push(`${other}:refs/pull/1/head`)
    repository.push(':refs/heads/feature')
    expect(await run({ commit: other })).toMatchObject({ reason: 'Cloned' })
    const done = await run({ commit: other, branch: 'main', requiredBranches: ['**'] })
    expect(done.reason).toBe('CommitNotOnBranch')
    expect(existsSync(join(done.workspace, 'a.txt'))).toBe(false)
    expect(await run({ requiredBranches: [] })).toMatchObject({ reason: 'CommitNotOnBranch' })
  })

  it('work with servers that leave no files out of a fetch', async () => {
    repository.configure('uploadpack.allowFilter', 'false')
    expect(await run({ commit: first, requiredBranches: ['main'] })).toMatchObject({ reason: 'Cloned' })
    repository.configure('uploadpack.allowFilter', 'true')
    expect(await run({ commit: first, requiredBranches: ['main'] })).toMatchObject({ reason: 'Cloned' })
  })
})
