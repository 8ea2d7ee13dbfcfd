import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readCredential } from './private-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'c8s-credential-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it.each<[string, Readonly<Record<string, string>>, object]>([
  ['a login', { username: 'ada', password: 'p' }, { username: 'ada', password: 'p' }],
  ['a value with the line feed that files end with', { password: 'p\r\n' }, { password: 'p' }],
  ['a token alone', { token: 't' }, { password: 't' }],
  ['a token for the API beside a password for Git', { password: 'p', token: 't' }, { password: 'p' }],
  ['a key', { 'ssh-key': 'k', known_hosts: 'h' }, { sshKey: 'k', knownHosts: 'h' }],
  ['a GitHub App', { 'app-id': '1', 'private-key': 'k' }, {}],
])('reads %s', (...[, files, credential]) => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  expect(readCredential(folder)).toEqual(credential)
})

it('reads nothing where nothing is mounted', () => expect(readCredential(undefined)).toEqual({}))
