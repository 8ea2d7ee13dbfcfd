import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
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

let root: string
let pod: string
let marker: string
let server: GitHttpServer
let repository: GitRepository

interface Cloned extends AgentReport {
  readonly log: string
}

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'c8s-hostile-'))
  pod = join(root, 'pod')
  marker = join(root, 'it-ran')
  server = new GitHttpServer(root)
  await server.start()
  repository = new GitRepository(join(root, 'app.git'))
})

afterEach(async () => {
  await server.stop()
  rmSync(root, { recursive: true, force: true })
})

async function run(commit: string, options: Partial<CloneOptions> = {}): Promise<Cloned> {
  for (const folder of ['workspace', 'c8s', 'outside']) mkdirSync(join(pod, folder), { recursive: true })
  const output = openSync(join(pod, 'log'), 'w')
  const report = await clone(
    {
      repository: server.url('app.git'),
      commit,
      depth: 1,
      submodules: true,
      workspace: join(pod, 'workspace'),
      commitFile: join(pod, 'c8s/commit'),
      ...options,
    },
    { environment: { PATH: process.env['PATH'] }, output, pauses: [] },
  )
  expect(existsSync(marker), 'code of the repository ran').toBe(false)
  expect(readdirSync(join(pod, 'outside'))).toEqual([])
  expect(readdirSync(pod).sort()).toEqual(['c8s', 'log', 'outside', 'workspace'])
  return { ...report, log: readFileSync(join(pod, 'log'), 'utf8') }
}

const inWorkspace = (name: string) => join(pod, 'workspace', name)

describe('a hostile repository', () => {
  it('has its links as links and nothing behind them', async () => {
    const blob = repository.writeBlob('../outside')
    repository.stage('120000', blob, 'link')
    repository.stage('120000', repository.writeBlob('/proc/self/environ'), 'environ')
    const done = await run(repository.commitIndex('main'))
    expect(done.reason).toBe('Cloned')
    expect(lstatSync(inWorkspace('link')).isSymbolicLink()).toBe(true)
    expect(lstatSync(inWorkspace('environ')).isSymbolicLink()).toBe(true)
  })

  it('cannot write through a link that stands where a folder of the same name does', async () => {
    const git = (args: string[], input = '') =>
      execFileSync('git', args, { cwd: repository.path, input, encoding: 'utf8' }).trim()
    const link = git(['hash-object', '-w', '--stdin'], '../outside')
    const file = git(['hash-object', '-w', '--stdin'], 'x')
    const tree = git(['mktree'], `100644 blob ${file}\tfile\n`)
    const both = git(['mktree'], `120000 blob ${link}\tdir\n040000 tree ${tree}\tdir\n`)
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
    const commit = git([...identity, 'commit-tree', '-m', 'x', both])
    git(['update-ref', 'refs/heads/main', commit])
    await run(commit)
  })

  it.each(['.git/hooks/post-checkout', '.GIT/hooks/post-checkout', 'git~1/hooks/x', 'a/../../outside/x', '.git'])(
    'cannot have a file called %s',
    async (name) => {
      const git = (args: string[], input: string) =>
        execFileSync('git', args, { cwd: repository.path, input, encoding: 'utf8' }).trim()
      let object = git(['hash-object', '-w', '--stdin'], `#!/bin/sh\ntouch ${marker}\n`)
      let kind = '100755 blob'
      for (const part of name.split('/').reverse()) {
        object = execFileSync('git', ['hash-object', '-t', 'tree', '-w', '--stdin', '--literally'], {
          cwd: repository.path,
          input: Buffer.concat([
            Buffer.from(`${kind === '040000 tree' ? '40000' : '100755'} ${part}\0`),
            Buffer.from(object, 'hex'),
          ]),
          encoding: 'utf8',
        }).trim()
        kind = '040000 tree'
      }
      const commit = git(['-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit-tree', '-m', 'x', object], '')
      git(['update-ref', 'refs/heads/main', commit], '')
      const done = await run(commit)
      expect(done).toMatchObject({
        reason: 'CloneFailed',
        message: expect.stringMatching(/invalid path|cannot create|unable/i),
      })
    },
  )

  it('runs no filter, merge driver or hook of its own', async () => {
    const command = `touch ${marker}`
    const commit = repository.commit('main', {
      '.gitattributes': '*.bin filter=evil diff=evil merge=evil\n*.lfs filter=lfs\n',
      '.gitconfig': `[filter "evil"]\n\tsmudge = ${command}\n[core]\n\tfsmonitor = ${command}\n`,
      '.lfsconfig': '[lfs]\n\turl = http://127.0.0.1:1/\n',
      '.githooks/post-checkout': `#!/bin/sh\n${command}\n`,
      'a.bin': 'x',
      'big.lfs': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    })
    expect(await run(commit)).toMatchObject({ reason: 'Cloned' })
    expect(readFileSync(inWorkspace('big.lfs'), 'utf8')).toContain('git-lfs')
  })

  it.each([
    ['ext::sh -c touch% MARKER', ''],
    ['file:///etc', ''],
    ['/etc', ''],
    ['--upload-pack=touch MARKER', ''],
    ['-uMARKER', ''],
    ['ssh://-oProxyCommand=touch MARKER/x', ''],
    ['http://127.0.0.1:1/x', '../../outside'],
  ])('has a submodule at %s', async (url, path) => {
    const commit = stageSubmodule(url.replace('MARKER', marker), path === '' ? 'sub' : path)
    const done = await run(commit)
    expect(done.reason).not.toBe('Cloned')
    expect(await run(commit, { submodules: false })).toMatchObject({ reason: 'Cloned' })
  })

  it('cannot make a submodule run what it wants as an update', async () => {
    const other = new GitRepository(join(root, 'other.git'))
    const inner = other.commit('main', { 'x.txt': 'x' })
    const commit = stageSubmodule(server.url('other.git'), 'sub', { inner, more: `\tupdate = !touch ${marker}\n` })
    await run(commit)
  })

  it('has a submodule whose path ends with a carriage return, and a link where its hooks would be', async () => {
    const other = new GitRepository(join(root, 'other.git'))
    const inner = other.commit('main', { 'post-checkout': `#!/bin/sh\ntouch ${marker}\n` })
    repository.stage('120000', repository.writeBlob('.git/modules/sub/hooks'), 'sub')
    const commit = stageSubmodule(server.url('other.git'), 'sub\r', { inner })
    await run(commit)
  })

  it('makes a hundred thousand files without taking the clone down', async () => {
    const blob = repository.writeBlob('x')
    const git = (args: string[], input: string) =>
      execFileSync('git', args, { cwd: repository.path, input, encoding: 'utf8', maxBuffer: 1e9 }).trim()
    git(['hash-object', '-w', '--stdin'], 'x')
    const names = Array.from({ length: 1000 }, (_, at) => `100644 blob ${blob}\tf${at}\n`).join('')
    const tree = git(['mktree'], names)
    const whole = git(['mktree'], Array.from({ length: 100 }, (_, at) => `040000 tree ${tree}\td${at}\n`).join(''))
    const commit = git(['-c', 'user.name=t', '-c', 'user.email=t@example.com', 'commit-tree', '-m', 'x', whole], '')
    git(['update-ref', 'refs/heads/main', commit], '')
    expect(await run(commit)).toMatchObject({ reason: 'Cloned' })
    expect(readdirSync(inWorkspace('d99'))).toHaveLength(1000)
  })

  it('says nothing that hides the credential from the mask', async () => {
    const authDirectory = join(root, 'auth')
    mkdirSync(authDirectory)
    writeFileSync(join(authDirectory, 'password'), 'hunter2-hunter2')
    writeFileSync(join(authDirectory, 'username'), 'bot')
    const commit = stageSubmodule('http://127.0.0.1:1/hunter2-hunter2', 'sub')
    server.behaviour.credential = 'bot:hunter2-hunter2'
    const done = await run(commit, { authDirectory })
    expect(done.reason).not.toBe('Cloned')
    expect(done.log + done.message).not.toContain('hunter2-hunter2')
    expect(done.log).toContain('***')
  })
})

describe('submodules', () => {
  it('are fetched when asked for, with the credential for the same host only', async () => {
    const other = new GitRepository(join(root, 'other.git'))
    const inner = other.commit('main', { 'x.txt': 'x' })
    const authDirectory = join(root, 'auth')
    mkdirSync(authDirectory)
    writeFileSync(join(authDirectory, 'password'), 'hunter2-hunter2')
    writeFileSync(join(authDirectory, 'username'), 'bot')
    server.behaviour.credential = 'bot:hunter2-hunter2'
    const same = stageSubmodule(server.url('other.git'), 'sub', { inner })
    expect(await run(same, { authDirectory })).toMatchObject({ reason: 'Cloned' })
    expect(readFileSync(inWorkspace('sub/x.txt'), 'utf8')).toBe('x')

    const stranger = new GitHttpServer(root)
    await stranger.start()
    stranger.behaviour.credential = 'bot:hunter2-hunter2'
    const elsewhere = stageSubmodule(stranger.url('other.git'), 'sub', { inner })
    expect(await run(elsewhere, { authDirectory })).toMatchObject({ reason: 'AuthenticationFailed' })
    await stranger.stop()
    expect(stranger.authorizations.filter((value) => value !== undefined)).toEqual([])
  })
})

interface Submodule {
  /** The commit of the submodule; any where it is never fetched. */
  readonly inner?: string
  /** More lines of its section. */
  readonly more?: string
}

/** The commit of the repository with one submodule in it. */
function stageSubmodule(url: string, path: string, { inner = 'a'.repeat(40), more = '' }: Submodule = {}): string {
  const quoted = `"${path.replaceAll('\r', '\r')}"`
  const section = `[submodule "sub"]\n\tpath = ${quoted}\n\turl = "${url}"\n${more}`
  repository.commit('main', { '.gitmodules': section })
  repository.stage('160000', inner, path.replaceAll('../', ''))
  return repository.commitIndex('main')
}
