import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { withLock } from './lock.ts'
import { sleep } from './sleep.ts'

const folder = mkdtempSync(join(tmpdir(), 'c8s-lock-'))
const path = join(folder, 'deep', 'lock')
afterAll(() => rmSync(folder, { recursive: true }))

test('work under one lock never overlaps', async () => {
  let inside = 0
  let most = 0
  const work = async (): Promise<void> => {
    most = Math.max(most, ++inside)
    await sleep(20)
    inside--
  }
  await Promise.all([1, 2, 3].map(() => withLock(path, () => undefined, work)))
  expect(most).toBe(1)
})

test('who waits is told so, and the result comes back', async () => {
  let told = 0
  const [held, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const holdUntilHeard = async (): Promise<void> => {
    held.resolve()
    await heard.promise
  }
  const first = withLock(path, () => undefined, holdUntilHeard)
  await held.promise
  const onWait = (): void => {
    told++
    heard.resolve()
  }
  expect(await withLock(path, onWait, async () => 'done')).toBe('done')
  await first
  expect(told).toBe(1)
})

test('a failure releases the lock', async () => {
  const failing = withLock(
    path,
    () => undefined,
    () => Promise.reject(new Error('broken')),
  )
  await expect(failing).rejects.toThrow('broken')
  expect(
    await withLock(
      path,
      () => undefined,
      async () => 'free',
    ),
  ).toBe('free')
})

test('it is free once the work has ended, also for a caller that blocks at once', async () => {
  const work = async (): Promise<void> => undefined
  await withLock(path, () => undefined, work)
  expect(spawnSync('flock', ['--exclusive', '--nonblock', path, 'true']).status).toBe(0)
})
