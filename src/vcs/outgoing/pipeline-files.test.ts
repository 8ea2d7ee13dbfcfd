import { expect, test } from 'vitest'
import { converseWith } from '../../../test/helpers/converse-with.ts'
import { ConversationProblem, type ForgeAnswer, type ForgeCall, tooLarge } from './conversation.ts'
import { wholeList } from './pages.ts'
import { type FolderEntry, readPipelineFiles } from './pipeline-files.ts'

const get = (path: string): ForgeCall => ({ method: 'GET', path })
const calls = {
  folder: { call: get('folder'), style: wholeList, read: (item: unknown) => item as FolderEntry },
  file: get,
  commit: get('commit'),
}
const missing = { status: 404 }

function readAll(entries: readonly FolderEntry[], answer: (path: string) => Partial<ForgeAnswer>) {
  return converseWith(readPipelineFiles(calls), ({ path }) => (path === 'folder' ? { body: entries } : answer(path)))
}

const entriesOf = (count: number, size?: number) =>
  Array.from({ length: count }, (_, index) => ({
    path: `.c8s/${index}.yaml`,
    ...(size === undefined ? {} : { size }),
  }))

test('files are sorted by path, and only YAML of the folder itself counts', () => {
  const paths = ['b.yml', 'a.yaml', 'README.md', 'deep/c.yaml', '.yaml', 'yaml', 'x.yaml.bak', 'ä.yaml']
  const { result, calls: made } = readAll(
    paths.map((path) => ({ path: `.c8s/${path}` })),
    (path) => ({ body: `# ${path}` }),
  )
  expect(result.map(({ path }) => path)).toEqual(['.c8s.yaml', '.c8s/a.yaml', '.c8s/b.yml', '.c8s/ä.yaml'])
  expect(result[0]?.text).toBe('# .c8s.yaml')
  expect(made.map(({ path }) => path)).not.toContain('commit')
})

test('where nothing is found, the commit has to be there', () => {
  expect(readAll([], (path) => (path === 'commit' ? {} : missing)).result).toEqual([])
  expect(() => readAll([], () => missing)).toThrow(ConversationProblem)
})

test.each([
  ['51 files', entriesOf(51), 'a', /holds 51 pipelines, and at most 50 are read/],
  ['files that say they are large', entriesOf(2, 600_000), 'a', /larger than 1 MiB/],
  ['files that are large', entriesOf(2), 'x'.repeat(600_000), /larger than 1 MiB/],
])('%s are refused', (...[, entries, text, message]) => {
  expect(() => readAll(entries, () => ({ body: text }))).toThrow(message)
})

test('an answer over the limit is refused too', () => {
  expect(() => readAll([], () => ({ status: tooLarge }))).toThrow(/larger than 1 MiB/)
})

test('what is too large together is not read to its end', () => {
  const read: string[] = []
  const answer = (path: string) => {
    read.push(path)
    return { body: 'x'.repeat(300_000) }
  }
  expect(() => readAll(entriesOf(50, 10), answer)).toThrow(/larger than 1 MiB/)
  expect(read).toHaveLength(6)
})

test('50 files and the one at the root are read', () => {
  expect(readAll(entriesOf(50, 10), () => ({ body: 'a' })).result).toHaveLength(51)
})

test('a file that is gone between listing and reading is left out', () => {
  const { result } = readAll(entriesOf(2), (path) => (path === '.c8s/1.yaml' ? { body: '' } : missing))
  expect(result).toEqual([{ path: '.c8s/1.yaml', text: '' }])
})
