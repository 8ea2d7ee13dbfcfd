import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { history } from './history.ts'
import { type SeededRepositories, seedRepositories } from './seed.ts'

let folder: string
let seeded: SeededRepositories

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-seed-'))
  seeded = await seedRepositories(join(folder, 'first'))
}, 30_000)

afterAll(() => rmSync(folder, { recursive: true }))

function git(...args: string[]): string {
  return execFileSync('git', ['-C', join(seeded.folder, 'public/sample.git'), ...args], { encoding: 'utf8' }).trim()
}

test('the same files give the same commits, in another folder and under another identity', async () => {
  process.env['GIT_AUTHOR_NAME'] = 'Somebody Else'
  try {
    const again = await seedRepositories(join(folder, 'second'))
    expect(again.commits).toEqual(seeded.commits)
  } finally {
    delete process.env['GIT_AUTHOR_NAME']
  }
}, 30_000)

test('branches and tag point where the list of commits says', () => {
  const { main, feature, tag } = seeded.commits
  expect(git('rev-parse', 'main', 'feature/tabs', 'v1.1.0').split('\n')).toEqual([main, feature, tag])
})

test('no branch and no tag holds the impostor', () => {
  const { impostor } = seeded.commits
  expect(git('cat-file', '-t', impostor)).toBe('commit')
  expect(git('for-each-ref', '--contains', impostor, 'refs/heads', 'refs/tags')).toBe('')
})

test('main holds every file that the history copies', () => {
  const files = git('ls-tree', '-r', '--name-only', 'main').split('\n')
  for (const path of history.flatMap(({ copy }) => copy ?? [])) {
    expect(files.some((file) => file === path || file.startsWith(`${path}/`))).toBe(true)
  }
})
