import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { hashPath, listFiles } from './files.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-files-'))
  mkdirSync(join(folder, 'a/deep'), { recursive: true })
  writeFileSync(join(folder, 'a/deep/one'), '1')
  writeFileSync(join(folder, 'two'), '2')
})

afterEach(() => rmSync(folder, { recursive: true }))

test('all plain files are listed, and links are not followed', () => {
  symlinkSync('/etc', join(folder, 'a/outside'))
  expect(listFiles(folder).sort()).toEqual([join(folder, 'a/deep/one'), join(folder, 'two')])
})

test('the hash of a folder changes with content, names and modes', async () => {
  const hashes = [await hashPath(folder)]
  writeFileSync(join(folder, 'two'), '3')
  hashes.push(await hashPath(folder))
  chmodSync(join(folder, 'two'), 0o755)
  hashes.push(await hashPath(folder))
  writeFileSync(join(folder, 'three'), '')
  hashes.push(await hashPath(folder))
  expect(new Set(hashes).size).toBe(4)
})

test('the hash does not depend on when a file was written', async () => {
  const before = await hashPath(folder)
  writeFileSync(join(folder, 'two'), '2')
  expect(await hashPath(folder)).toBe(before)
})
