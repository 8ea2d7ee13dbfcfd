import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { clone } from '../../src/agent/clone.ts'
import type { AgentReport } from '../../src/lib/agent-options.ts'
import { GitHttpServer } from '../helpers/git-http-server.ts'
import { GitRepository } from '../helpers/git-repository.ts'

let root: string
let server: GitHttpServer
let commit: string
let turn = 0

beforeEach(async () => {
  process.umask(0o002)
  root = mkdtempSync(join(tmpdir(), 'c8s-clone-shared-'))
  server = new GitHttpServer(root)
  await server.start()
  commit = new GitRepository(join(root, 'app.git')).commit('main', { 'a.txt': 'one\n', 'sub/b.txt': 'two\n' })
})

afterEach(async () => {
  await server.stop()
  rmSync(root, { recursive: true, force: true })
})

const workspace = () => join(root, 'volume/work')
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'safe.directory=*', ...args], { cwd: workspace(), encoding: 'utf8' }).trim()

/** The clone of one pod of the run: it has a folder /c8s of its own, and the volume with all others. */
async function runClone(): Promise<AgentReport & { readonly log: string; readonly told: string }> {
  const pod = join(root, `pod-${turn++}`)
  mkdirSync(pod)
  mkdirSync(join(root, 'volume'), { recursive: true })
  const options = {
    repository: server.url('app.git'),
    commit,
    depth: 1,
    submodules: false,
    workspace: workspace(),
    sharedVolume: join(root, 'volume'),
    commitFile: join(pod, 'commit'),
  }
  const output = openSync(join(pod, 'log'), 'w')
  const report = await clone(options, { environment: { PATH: process.env['PATH'] }, output, pauses: [10] })
  return { ...report, log: readFileSync(join(pod, 'log'), 'utf8'), told: readFileSync(join(pod, 'commit'), 'utf8') }
}

it('clones once for all steps of a run, into a checkout that is whole', async () => {
  const reports = await Promise.all([runClone(), runClone(), runClone()])
  for (const report of reports) expect(report).toMatchObject({ reason: 'Cloned', commit, told: `${commit}\n` })
  expect(git('status', '--porcelain')).toBe('')
  expect(git('rev-parse', 'HEAD')).toBe(commit)
  expect(readFileSync(join(workspace(), 'sub/b.txt'), 'utf8')).toBe('two\n')
})

it('runs nothing of what a step left for it, and keeps what the step made', async () => {
  await runClone()
  const trap = join(root, 'trapped')
  git('config', 'core.fsmonitor', `touch ${trap} #`)
  git('config', 'remote.origin.uploadpack', `touch ${trap} #`)
  git('config', 'credential.helper', `!touch ${trap} #`)
  writeFileSync(join(workspace(), 'a.txt'), 'changed\n')
  // As if the first clone had been killed before it was noted as complete.
  rmSync(join(root, 'volume/clone/commit'))
  writeFileSync(join(root, 'volume/clone/moving'), ['.git', 'sub'].join('\0'))
  rmSync(join(workspace(), 'a.txt'))
  writeFileSync(join(workspace(), 'built'), 'by a step')
  expect(await runClone()).toMatchObject({ reason: 'Cloned' })
  expect(existsSync(trap)).toBe(false)
  expect(readFileSync(join(workspace(), 'built'), 'utf8')).toBe('by a step')
})
