import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Part } from './part.ts'
import {
  findProcess,
  forgetProcess,
  isSameProcess,
  parseProcessStat,
  readBootId,
  readLogTail,
  readProcessStat,
  startProcess,
  stopProcess,
} from './process.ts'
import { planSite } from './site.ts'

const site = planSite(mkdtempSync(join(tmpdir(), 'c8s-process-')))
afterAll(() => rmSync(site.folder, { recursive: true }))

/** A command line that nobody else has, because a process is also found by it. */
function describeSleeper(seconds: string): Part {
  const args = ['-c', `echo started; exec sleep ${seconds}`]
  return { name: 'etcd', command: '/bin/sh', args, files: [], needs: [], health: { socket: '/none' } }
}

test.each([
  ['1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 777 0', 'S', '777'],
  ['42 (a) b (c d)) Z 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9001 0 0', 'Z', '9001'],
])('state and start time are read past any program name: %s', (text, state, startTicks) => {
  expect(parseProcessStat(text)).toEqual({ state, startTicks })
})

test('text that is no stat line is not a process', () => {
  expect(parseProcessStat('')).toBeUndefined()
})

test('a pid is ours only with the same start time and the same start of the machine', () => {
  const boot = readBootId()
  const startTicks = readProcessStat(process.pid)?.startTicks ?? ''
  expect(isSameProcess({ pid: process.pid, startTicks, boot }, boot)).toBe(true)
  expect(isSameProcess({ pid: process.pid, startTicks: '1', boot }, boot)).toBe(false)
  expect(isSameProcess({ pid: process.pid, startTicks, boot: 'before' }, boot)).toBe(false)
})

test('a started part is found, its output is logged, and it is gone when stop returns', async () => {
  const part = { ...describeSleeper('61'), command: '/bin/sh' }
  startProcess(site, part, { PATH: '/usr/bin:/bin' })
  const record = findProcess(site, part)
  expect(record).toBeDefined()
  await expect.poll(() => readLogTail(site, 'etcd', 1)).toBe('started')
  if (record !== undefined) await stopProcess(record)
  expect(findProcess(site, part)).toBeUndefined()
})

test('a part whose pid file is lost is found by its exact command line, and gets a new one', async () => {
  const part = { ...describeSleeper('62'), command: '/bin/sleep', args: [`62.${process.pid}`] }
  const child = spawn(part.command, part.args, { stdio: 'ignore' })
  await expect.poll(() => findProcess(site, part)?.pid).toBe(child.pid)
  forgetProcess(site, 'etcd')
  expect(findProcess(site, { ...part, args: [`62.${process.pid}0`] })).toBeUndefined()
  child.kill('SIGKILL')
})

test('a process that ignores the polite signal is killed', async () => {
  const child = spawn('/bin/sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.1; done'])
  await new Promise((resolve) => child.stdout.once('data', resolve))
  const pid = child.pid as number
  const record = { pid, startTicks: readProcessStat(pid)?.startTicks ?? '', boot: readBootId() }
  await stopProcess(record, 100)
  expect(isSameProcess(record, readBootId())).toBe(false)
})
