import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { layers } from './layers.ts'
import { listSourceFiles, readTypeScript } from './source.ts'

const root = join(import.meta.dirname, '../..')
const paths = listSourceFiles()
const files = readTypeScript()

test('names are kebab-case', () => {
  const wrong = files.filter(({ path }) => !/^[a-z0-9/.-]+$/.test(path))
  expect(wrong.map(({ path }) => path)).toEqual([])
})

test('nothing is called utils, common, helpers or misc, but for the test helpers', () => {
  const wrong = paths.filter((path) => /(^|\/)(utils?|common|helpers?|misc)(\.ts|\/)/.test(path))
  expect(wrong.filter((path) => !path.startsWith('test/helpers/'))).toEqual([])
})

test('a file has at most 300 lines, a test 400, a composition root 60', () => {
  const limitOf = (path: string) =>
    path.endsWith('.test.ts') || path.startsWith('test/') ? 400 : path.startsWith('src/bin/') ? 60 : 300
  const wrong = files.filter(({ path, text }) => text.split('\n').length - 1 > limitOf(path))
  expect(wrong.map(({ path, text }) => `${path}: ${text.split('\n').length - 1}`)).toEqual([])
})

test('every layer that has code has a README of at most 40 lines', () => {
  const present = layers.filter(({ folder }) => paths.some((path) => path.startsWith(`${folder}/`)))
  const wrong = present.filter(({ folder }) => {
    if (!paths.includes(`${folder}/README.md`)) return true
    return readFileSync(join(root, folder, 'README.md'), 'utf8').split('\n').length > 41
  })
  expect(wrong.map(({ folder }) => folder)).toEqual([])
})

test('our own modules are never mocked', () => {
  // The word is put together so that this file does not find itself.
  const pattern = new RegExp(`${['vi', 'mock'].join('\\.')}\\(\\s*['"][./]`)
  expect(files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([])
})

test('no test is skipped or runs alone', () => {
  const pattern = new RegExp(`\\b(it|test|describe)\\.(${['skip', 'only', 'todo'].join('|')})\\b`)
  expect(files.filter(({ text }) => pattern.test(text)).map(({ path }) => path)).toEqual([])
})

test('each folder that decides something has unit tests beside its files', () => {
  const decides = /^(src\/(lib|engine|logs)|crds|webhooks\/(inject|validate)|certs)\//
  const sources = files
    .map(({ path, text }) => ({ path, text }))
    .filter(({ path, text }) => decides.test(path) && !path.endsWith('.test.ts') && /\bfunction\b|=>/.test(text))
  const folders = new Set(files.filter(({ path }) => path.endsWith('.test.ts')).map(({ path }) => dirname(path)))
  expect(sources.filter(({ path }) => !folders.has(dirname(path))).map(({ path }) => path)).toEqual([])
})
