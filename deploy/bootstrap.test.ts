import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runToEnd } from './local/run.ts'

const root = join(import.meta.dirname, '..')
const bootstrap = join(import.meta.dirname, 'bootstrap.mjs')

interface LockedPackage {
  optionalDependencies?: Record<string, string>
}

test('the lock file names the packages of all platforms, or npm ci refuses it where some are not served', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>
  }
  const wanted = Object.values(lock.packages).flatMap((one) => Object.keys(one.optionalDependencies ?? {}))
  const missing = wanted.filter(
    (name) => !Object.keys(lock.packages).some((path) => path.endsWith(`node_modules/${name}`)),
  )
  expect(missing).toEqual([])
})

test('an entry that is not there is refused with one sentence', async () => {
  const result = await runToEnd(process.execPath, [bootstrap, 'no/such.ts'])
  expect(result.code).toBe(64)
  expect(result.stderr.trim()).toBe('bootstrap: no/such.ts: there is no such file to run')
})
