import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { shareCheckout } from './shared.ts'

const commit = 'c0ffee'.padEnd(40, '0')
let volume: string
let workspace: string
let said: string[]
let checkouts: number

beforeEach(() => {
  volume = mkdtempSync(join(tmpdir(), 'c8s-shared-'))
  workspace = join(volume, 'work')
  said = []
  checkouts = 0
})
afterEach(() => rmSync(volume, { recursive: true, force: true }))

async function checkOut(folder: string): Promise<void> {
  checkouts += 1
  expect(readdirSync(folder)).toEqual([])
  mkdirSync(join(folder, '.git'))
  writeFileSync(join(folder, '.git/HEAD'), commit)
  await new Promise((resolve) => setImmediate(resolve))
  writeFileSync(join(folder, 'a.txt'), 'one')
}

const share = (more: Partial<Parameters<typeof shareCheckout>[0]> = {}) =>
  shareCheckout({ volume, workspace, commit, checkOut, say: (line) => said.push(line), ...more })
const read = (name: string) => readFileSync(join(workspace, name), 'utf8')

it('checks out once, into a folder that the group may write and whose files keep its group', async () => {
  await share()
  expect(readdirSync(workspace).toSorted()).toEqual(['.git', 'a.txt'])
  expect(statSync(workspace).mode & 0o7777).toBe(0o2775)
  expect(statSync(join(volume, 'clone')).mode & 0o777).toBe(0o700)
  expect(readdirSync(join(volume, 'clone')).filter((name) => name.startsWith('new-'))).toEqual([])
})

it('leaves alone what steps have made since, whatever they did to the checkout', async () => {
  await share()
  writeFileSync(join(workspace, 'a.txt'), 'changed')
  writeFileSync(join(workspace, 'built'), 'by a step')
  rmSync(join(workspace, '.git'), { recursive: true })
  await share()
  expect([checkouts, read('a.txt'), read('built')]).toEqual([1, 'changed', 'by a step'])
  expect(said).toEqual(['c8s: the workspace of the run holds the commit already\n'])
})

it('lets clones that come at once wait for the first', async () => {
  await Promise.all(Array.from({ length: 5 }, () => share()))
  expect(checkouts).toBe(1)
  expect(said.filter((line) => line.includes('waiting for it')).length).toBe(4)
})

it('does it anew where a clone was killed before it was complete', async () => {
  const own = join(volume, 'clone')
  mkdirSync(join(own, 'new-half/.git'), { recursive: true })
  mkdirSync(join(workspace, '.git'), { recursive: true })
  // Killed between the two files that it moved.
  writeFileSync(join(own, 'moving'), ['.git', 'a.txt'].join('\0'))
  writeFileSync(join(workspace, 'mine'), 'by a step')
  await share()
  expect([read('.git/HEAD'), read('a.txt'), read('mine')]).toEqual([commit, 'one', 'by a step'])
  expect(readdirSync(own)).not.toContain('new-half')
})

it('fails rather than overwrite what a step made before, also a link that leads nowhere', async () => {
  mkdirSync(workspace)
  symlinkSync('/nowhere', join(workspace, 'a.txt'))
  await expect(share()).rejects.toMatchObject({
    reason: 'CloneFailed',
    message: expect.stringMatching(/^a\.txt is in/),
  })
  expect(readdirSync(workspace)).toEqual(['a.txt'])
})

it('fails where the volume holds another commit', async () => {
  await share()
  await expect(share({ commit: 'd'.repeat(40) })).rejects.toThrow(/holds commit c0ffee/)
})

it('tries again where a checkout failed', async () => {
  await expect(share({ checkOut: () => Promise.reject(new Error('network')) })).rejects.toThrow('network')
  await share()
  expect(read('a.txt')).toBe('one')
})

it('waits for no process that was killed', async () => {
  mkdirSync(join(volume, 'clone'))
  const script = `const { DatabaseSync } = require('node:sqlite')
    const database = new DatabaseSync(process.argv[1]); database.exec('BEGIN EXCLUSIVE')
    console.log('locked'); setInterval(() => database, 1000)`
  const holder = spawn(process.execPath, ['-e', script, join(volume, 'clone/lock')])
  await once(holder.stdout, 'data')
  const shared = share({
    say: (line) => {
      said.push(line)
      holder.kill('SIGKILL')
    },
  })
  await shared
  expect(said).toEqual(['c8s: another step of the run is cloning into the workspace; waiting for it\n'])
  expect(read('a.txt')).toBe('one')
})
