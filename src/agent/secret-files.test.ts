import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readSecretFiles } from './secret-files.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-secrets-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const read = () => readSecretFiles(folder).map(({ name, value }) => [name, Buffer.from(value).toString()])

describe('readSecretFiles', () => {
  it('reads each value of a projected volume once, by secret and key', () => {
    mkdirSync(join(folder, '..2026_11_21/a'), { recursive: true })
    mkdirSync(join(folder, '..2026_11_21/b'))
    writeFileSync(join(folder, '..2026_11_21/a/token'), 'one\n')
    writeFileSync(join(folder, '..2026_11_21/a/.hidden'), 'two')
    writeFileSync(join(folder, '..2026_11_21/b/token'), 'three')
    symlinkSync('..2026_11_21', join(folder, '..data'))
    for (const name of ['a', 'b']) symlinkSync(`..data/${name}`, join(folder, name))
    expect(read()).toEqual([
      ['a/.hidden', 'two'],
      ['a/token', 'one\n'],
      ['b/token', 'three'],
    ])
  })

  it('reads an empty folder', () => {
    expect(read()).toEqual([])
  })

  it('fails for a value that is not there, and for a folder that is not', () => {
    symlinkSync('..data/gone', join(folder, 'gone'))
    expect(() => readSecretFiles(folder)).toThrow(/ENOENT.*gone/)
    expect(() => readSecretFiles(join(folder, 'none'))).toThrow(/ENOENT/)
  })
})
