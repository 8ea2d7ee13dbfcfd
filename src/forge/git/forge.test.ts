import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { FakeKube } from '../../../test/helpers/fake-kube.ts'
import { GitHttpServer } from '../../../test/helpers/git-http-server.ts'
import { GitRepository } from '../../../test/helpers/git-repository.ts'
import { systemTimers } from '../../kube/timers.ts'
import { resourceTypes } from '../../lib/resource-types.ts'
import { ForgeError } from '../forge.ts'
import { createOpenGitForge, type OpenGitForgeDeps } from './open.ts'

let root: string
let temporaryFolder: string
let server: GitHttpServer
let repository: GitRepository
let kube: FakeKube

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'c8s-git-forge-test-'))
  temporaryFolder = join(root, 'tmp')
  mkdirSync(temporaryFolder)
  kube = new FakeKube()
  server = new GitHttpServer(root)
  await server.start()
  repository = new GitRepository(join(root, 'app.git'))
  // What servers that know partial clones allow.
  repository.configure('uploadpack.allowFilter', 'true')
})

afterEach(async () => {
  // Whatever happened, no credential and no copy stays.
  expect(readdirSync(temporaryFolder)).toEqual([])
  await server.stop()
  rmSync(root, { recursive: true, force: true })
})

function createOpen(more: Partial<OpenGitForgeDeps> = {}) {
  const environment = { PATH: process.env['PATH'] }
  const given = { reader: kube, environment, timers: systemTimers, temporaryFolder, allowLoopback: true }
  const openForge = createOpenGitForge({ ...given, deadlineMs: 20_000, ...more })
  return (spec: Partial<RepositoryConnection['spec']> = {}, namespace = 'team') =>
    openForge({
      metadata: { namespace, name: 'app' },
      spec: { repository: server.url('app.git'), provider: 'generic', ...spec },
    })
}

function open(more: Partial<OpenGitForgeDeps> = {}, spec: Partial<RepositoryConnection['spec']> = {}) {
  return createOpen(more)(spec)
}

async function addSecret(data: Readonly<Record<string, string>>): Promise<void> {
  const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])
  const object = { metadata: { namespace: 'team', name: 'auth' }, data: Object.fromEntries(encoded) as object }
  await kube.create(resourceTypes.secret, object)
}

async function failureOf(promise: Promise<unknown>): Promise<ForgeError> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(error).toBeInstanceOf(ForgeError)
  return error as ForgeError
}

describe('pipeline files', () => {
  it('are those of exactly the commit, sorted, and nothing else', async () => {
    const files = { '.c8s/b.yaml': 'b: ü\n', '.c8s/a.yml': 'a\n', '.c8s.yaml': 'root\n', 'other.yaml': 'no\n' }
    const first = repository.commit('main', { ...files, '.c8s/sub/c.yaml': 'no\n', '.c8s/d.txt': 'no\n' })
    repository.commit('main', { '.c8s.yaml': 'later\n' })
    const forge = await open()
    expect(await forge.readPipelineFiles(first)).toEqual([
      { path: '.c8s.yaml', text: 'root\n' },
      { path: '.c8s/a.yml', text: 'a\n' },
      { path: '.c8s/b.yaml', text: 'b: ü\n' },
    ])
  })

  it('may be none', async () => {
    const commit = repository.commit('main', { 'a.txt': 'a\n' })
    expect(await (await open()).readPipelineFiles(commit)).toEqual([])
  })

  it('may be equal, empty, and end without a line feed', async () => {
    const commit = repository.commit('main', { '.c8s.yaml': '', '.c8s/a.yaml': 'x', '.c8s/b.yaml': 'x' })
    expect((await (await open()).readPipelineFiles(commit)).map(({ text }) => text)).toEqual(['', 'x', 'x'])
  })

  it('come from servers that leave no files out of a fetch, or give out no commit by its id', async () => {
    repository.configure('uploadpack.allowFilter', 'false')
    const commit = repository.commit('main', { '.c8s.yaml': 'a\n' })
    expect(await (await open()).readPipelineFiles(commit)).toHaveLength(1)
    server.behaviour.isOld = true
    expect(await (await open()).readPipelineFiles(commit)).toHaveLength(1)
    repository.commit('main', { '.c8s.yaml': 'b\n' })
    const error = await failureOf((await open()).readPipelineFiles(commit))
    expect(error).toMatchObject({ kind: 'notFound' })
    expect(error.message).toContain('does not give out the commit by its id')
  })

  it.each([
    ['120000', '.c8s.yaml', /\.c8s\.yaml is a symbolic link/],
    ['120000', '.c8s/a.yaml', /\.c8s\/a\.yaml is a symbolic link/],
    ['120000', '.c8s', /\.c8s is a symbolic link/],
    ['160000', '.c8s/a.yaml', /is a submodule/],
    ['160000', '.c8s', /is a submodule/],
  ])('of mode %s at %s are refused', async (mode, path, message) => {
    repository.commit('main', { 'a.txt': 'a\n' })
    repository.stage(mode, mode === '160000' ? 'a'.repeat(40) : repository.writeBlob('/etc/passwd'), path)
    const error = await failureOf((await open()).readPipelineFiles(repository.commitIndex('main')))
    expect(error.kind).toBe('refused')
    expect(error.message).toMatch(message)
  })

  it('are refused when one is too large or there are too many', async () => {
    const large = repository.commit('main', { '.c8s.yaml': 'x'.repeat((1 << 20) + 1) })
    expect(await failureOf((await open()).readPipelineFiles(large))).toMatchObject({ kind: 'refused' })
    const most = repository.commit('main', { '.c8s.yaml': 'x'.repeat(1 << 20) })
    expect(await (await open()).readPipelineFiles(most)).toHaveLength(1)
    const names = Array.from({ length: 50 }, (_, index) => [`.c8s/${index}.yaml`, 'x'])
    const many = repository.commit('main', Object.fromEntries(names) as Record<string, string>)
    expect((await failureOf((await open()).readPipelineFiles(many))).message).toContain('51 pipeline files')
  })

  it('are refused when they are too large together', async () => {
    const three = ['a', 'b', 'c'].map((name) => [`.c8s/${name}.yaml`, name.repeat(800_000)] as const)
    const heavy = repository.commit('main', Object.fromEntries(three))
    expect(await failureOf((await open()).readPipelineFiles(heavy))).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('have 2400000 bytes together, and 2 MiB are allowed') as string,
    })
  })

  it('are not looked for at what is no full commit', async () => {
    const forge = await open()
    for (const commit of ['--upload-pack=x', 'main', 'abcdef0', 'A'.repeat(40)]) {
      expect(await failureOf(forge.readPipelineFiles(commit))).toMatchObject({ kind: 'refused' })
    }
    expect(server.requests).toBe(0)
  })
})

describe('the message of a commit', () => {
  it('is read, also of a commit that is no tip', async () => {
    const first = repository.commit('main', { 'a.txt': 'a\n' })
    repository.commit('main', { 'a.txt': 'b\n' })
    expect(await (await open()).readCommitMessage?.(first)).toMatch(/^change \d+\n/)
    expect(await failureOf((await open()).readCommitMessage?.('main') ?? Promise.resolve())).toMatchObject({
      kind: 'refused',
    })
  })
})

describe('heads', () => {
  it('are the default branch first, the branches and the tags', async () => {
    const main = repository.commit('main', { 'a.txt': 'a\n' })
    repository.tag('v1')
    const other = repository.commit('a/ü', { 'a.txt': 'b\n' })
    repository.push(`${other}:refs/pull/1/head`)
    expect(await (await open()).listHeads()).toEqual({
      defaultBranch: 'main',
      heads: [
        { ref: 'refs/heads/main', commit: main },
        { ref: 'refs/heads/a/ü', commit: other },
        { ref: 'refs/tags/v1', commit: main },
      ],
    })
  })

  it('are no tags where a forge tells of those', async () => {
    repository.commit('main', {})
    repository.tag('v1')
    const { heads } = await (await open({}, { provider: 'gitea' })).listHeads()
    expect(heads.map(({ ref }) => ref)).toEqual(['refs/heads/main'])
  })

  it('are none in an empty repository', async () => {
    expect((await (await open()).listHeads()).heads).toEqual([])
  })
})

describe('a credential', () => {
  it('is used from the Secret, and is in no error', async () => {
    server.behaviour.credential = 'bot:p@ss/word+1'
    const commit = repository.commit('main', { '.c8s.yaml': 'a\n' })
    await addSecret({ username: 'bot', password: 'p@ss/word+1\n' })
    const forge = await open({}, { authSecretRef: 'auth' })
    expect(await forge.readPipelineFiles(commit)).toHaveLength(1)
    server.behaviour.credential = 'bot:another'
    const error = await failureOf(forge.listHeads())
    expect(error.kind).toBe('forbidden')
    expect(error.message).not.toContain('p@ss')
    expect(await failureOf((await open()).listHeads())).toMatchObject({ kind: 'forbidden' })
  })

  it('may be a token', async () => {
    server.behaviour.credential = 'oauth2:t0ken'
    repository.commit('main', {})
    await addSecret({ token: 't0ken' })
    const forge = await open({}, { authSecretRef: 'auth', provider: 'gitlab' })
    expect((await forge.listHeads()).heads).toHaveLength(1)
  })

  it('that is missing or of the wrong kind is told', async () => {
    expect(await failureOf(open({}, { authSecretRef: 'auth' }))).toMatchObject({
      kind: 'forbidden',
      message: 'Secret auth of spec.authSecretRef does not exist: create it',
    })
    await addSecret({ 'ssh-key': 'k' })
    expect((await failureOf(open({}, { authSecretRef: 'auth' }))).message).toContain('has no key "password"')
  })

  it('goes nowhere when the server sends git elsewhere', async () => {
    const thief = new GitHttpServer(root)
    await thief.start()
    repository.commit('main', {})
    await addSecret({ password: 'secret-pw' })
    server.behaviour.redirectTo = thief.url('').replace(/\/$/, '')
    const forge = await open({}, { authSecretRef: 'auth' })
    expect(await failureOf(forge.listHeads())).toMatchObject({ kind: 'notFound' })
    expect(thief.requests).toBe(0)
    await thief.stop()
  })
})

describe('what is wrong is told', () => {
  it('a repository, a commit, a server that is not there', async () => {
    repository.commit('main', {})
    const missing = await open({}, { repository: server.url('none.git') })
    expect(await failureOf(missing.listHeads())).toMatchObject({ kind: 'notFound' })
    const error = await failureOf((await open()).readPipelineFiles('a'.repeat(40)))
    expect(error).toMatchObject({ kind: 'notFound' })
    expect(error.message).toContain('there is no such commit')
    const away = await open({}, { repository: 'http://127.0.0.1:1/x' })
    expect(await failureOf(away.listHeads())).toMatchObject({ kind: 'unavailable', isPassing: true })
    expect(await failureOf(open({}, { repository: 'https://u:p@h/x' }))).toMatchObject({ kind: 'refused' })
  })

  it('what Git cannot do', async () => {
    const forge = await open()
    const wanted = { url: 'https://c8s/x', secret: 's' }
    expect(await failureOf(forge.ensureWebhook(wanted))).toMatchObject({ kind: 'unsupported', isPassing: false })
    expect(await failureOf(forge.readPullRequest(1))).toMatchObject({ kind: 'unsupported' })
    expect(await failureOf(forge.upsertComment(1, 'm', 't'))).toMatchObject({ kind: 'unsupported' })
    expect(await forge.canWrite('anybody')).toBeUndefined()
    expect(await forge.listOpenPullRequests()).toBeUndefined()
  })
})

describe('an address', () => {
  it('of the machine itself is not called, whatever name it has', async () => {
    const strict = { allowLoopback: false }
    repository.commit('main', {})
    expect(await failureOf((await open(strict)).listHeads())).toMatchObject({ kind: 'forbidden' })
    const named = await open({ ...strict, resolve: () => Promise.resolve(['192.0.2.1', '127.0.0.1']) })
    expect(await failureOf(named.listHeads())).toMatchObject({ kind: 'forbidden' })
    expect(server.requests).toBe(0)
  })

  it('is the one that was looked at, even if the name changes its mind', async () => {
    repository.commit('main', {})
    const url = server.url('app.git', 'forge.invalid')
    const forge = await open({ resolve: () => Promise.resolve(['127.0.0.1']) }, { repository: url })
    expect((await forge.listHeads()).heads).toHaveLength(1)
  })

  it('of a name that has none is told', async () => {
    const resolve = () => Promise.reject(new Error('ENOTFOUND'))
    const forge = await open({ resolve }, { repository: 'https://forge.invalid/x' })
    expect(await failureOf(forge.listHeads())).toMatchObject({ kind: 'unavailable' })
  })
})

describe('a server that hangs', () => {
  let silent: Server
  let connections = 0
  beforeEach(async () => {
    connections = 0
    silent = createServer(() => (connections += 1))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  })
  afterEach(() => silent.close())

  it('is left after the deadline, by those who wait for their turn too', async () => {
    const { port } = silent.address() as { port: number }
    const forge = await open({ deadlineMs: 300 }, { repository: `http://127.0.0.1:${port}/x` })
    const errors = await Promise.all(Array.from({ length: 6 }, () => failureOf(forge.listHeads())))
    for (const error of errors) {
      expect(error.kind).toBe('unavailable')
      expect(error.message).toContain('it took longer than 0.3 s')
    }
    expect(connections).toBeLessThanOrEqual(4)
  })

  it('takes no turn away from another server, whoever asks for it', async () => {
    repository.commit('main', {})
    const { port } = silent.address() as { port: number }
    const openForge = createOpen({ deadlineMs: 4000 })
    const namespaces = Array.from({ length: 20 }, (_, index) => `team-${index % 10}`)
    const left = namespaces.map(async (namespace) => {
      const hanging = await openForge({ repository: `http://127.0.0.1:${port}/x` }, namespace)
      return failureOf(hanging.listHeads())
    })
    const well = await openForge({ repository: server.url('app.git', 'localhost') })
    expect((await well.listHeads()).heads).toHaveLength(1)
    await Promise.all(left)
  })

  it('takes no turn away from another server of its namespace', async () => {
    repository.commit('main', {})
    const { port } = silent.address() as { port: number }
    const openForge = createOpen({ deadlineMs: 4000 })
    const hanging = await openForge({ repository: `http://127.0.0.1:${port}/x` })
    const left = Array.from({ length: 12 }, () => failureOf(hanging.listHeads()))
    const well = await openForge({ repository: server.url('app.git', 'localhost') })
    expect((await well.listHeads()).heads).toHaveLength(1)
    await Promise.all(left)
  })
})

describe('the temporary folder', () => {
  it('is cleared of what a killed process left, and of nothing that is new', async () => {
    repository.commit('main', {})
    const [old, young] = ['c8s-git-old', 'c8s-git-young'].map((name) => join(temporaryFolder, name)) as [string, string]
    mkdirSync(join(old, 'home'), { recursive: true })
    mkdirSync(young)
    utimesSync(old, 1_000_000, 1_000_000)
    await (await open()).listHeads()
    expect(readdirSync(temporaryFolder)).toEqual(['c8s-git-young'])
    rmSync(young, { recursive: true })
  })
})
