import { expect, test } from 'vitest'
import { parsePackageFiles, planAptArguments, renderPackageStatus } from './debian-packages.ts'

test('the files that apt would fetch are read, and other lines are not', () => {
  const text = [
    'Reading package lists...',
    "'http://mirror/pool/g/git_2.39.5-0_amd64.deb' git_1%3a2.39.5-0_amd64.deb 7200000 MD5Sum:0123",
    "'http://mirror/pool/z/zlib1g.deb' zlib1g_1%3a1.2.13.dfsg-1_amd64.deb 86684 ",
    '',
  ].join('\n')
  expect(parsePackageFiles(text)).toEqual([
    { file: 'git_1%3a2.39.5-0_amd64.deb', size: 7200000, checksum: 'MD5Sum:0123' },
    { file: 'zlib1g_1%3a1.2.13.dfsg-1_amd64.deb', size: 86684, checksum: '' },
  ])
})

test('a file that cannot be read is an error, because the image would lack it', () => {
  expect(() => parsePackageFiles("'http://mirror/pool/g/git.tar' git.tar 1 MD5Sum:0123")).toThrow(/not understood/)
})

test('each assumed package is a paragraph of its own in the package database', () => {
  const status = renderPackageStatus({ install: ['git'], assume: ['perl', 'debconf'] })
  expect(status.split('\n\n').filter(Boolean)).toHaveLength(2)
  expect(status).toContain('Package: perl\nStatus: install ok installed\n')
})

test('apt works in a folder of ours', () => {
  const options = planAptArguments('/some/folder', '/some/archives')
  expect(options).toContain('Dir::State::status=/some/folder/status')
  expect(options).toContain('Dir::Cache::archives=/some/archives')
})
