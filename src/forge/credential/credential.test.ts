import { expect, test } from 'vitest'
import type { Provider } from '../../lib/forge-event.ts'
import { type ForgeCredential, pickCredential, type SecretValues } from './credential.ts'

const app = { 'app-id': '4711', 'installation-id': '815', 'private-key': 'PEM' }
const appCredential = { kind: 'app', appId: '4711', installationId: '815', privateKey: 'PEM' } as const

const rows: readonly (readonly [string, Provider, SecretValues, ForgeCredential])[] = [
  ['a token with a line feed', 'github', { token: ' t0k\n' }, { kind: 'token', token: 't0k' }],
  [
    'a token and a user',
    'gitea',
    { token: 't0k', username: 'bot', password: 'pw' },
    { kind: 'token', token: 't0k', username: 'bot' },
  ],
  [
    'a password at Gitea',
    'gitea',
    { username: 'bot', password: 'pw' },
    { kind: 'basic', username: 'bot', password: 'pw' },
  ],
  [
    'a password at Bitbucket',
    'bitbucket',
    { username: 'bot', password: 'p w' },
    { kind: 'basic', username: 'bot', password: 'p w' },
  ],
  ['a password alone', 'bitbucket', { password: 'pw' }, { kind: 'token', token: 'pw' }],
  ['a password at GitHub', 'github', { username: 'x', password: 'pw' }, { kind: 'token', token: 'pw', username: 'x' }],
  ['a password at GitLab', 'gitlab', { username: 'x', password: 'pw' }, { kind: 'token', token: 'pw', username: 'x' }],
  ['an app', 'github', { ...app, token: 't0k' }, appCredential],
  ['an app elsewhere', 'gitlab', { ...app, token: 't0k' }, { kind: 'token', token: 't0k' }],
  ['half an app and a token', 'github', { 'app-id': '4711', token: 't0k' }, { kind: 'token', token: 't0k' }],
  [
    'half an app',
    'github',
    { 'app-id': '4711', 'private-key': ' ' },
    { kind: 'none', problem: 'has no key installation-id and no key private-key of the GitHub App' },
  ],
  ['nothing', 'gitea', {}, { kind: 'none', problem: 'has neither a key token nor a key password' }],
  ['an app elsewhere alone', 'gitea', app, { kind: 'none', problem: 'has neither a key token nor a key password' }],
  [
    'an ssh-key',
    'github',
    { 'ssh-key': 'PEM', known_hosts: 'x' },
    { kind: 'none', problem: 'has an ssh-key, which is for Git alone, and no key token for the API of the forge' },
  ],
  [
    'a token on two lines',
    'github',
    { token: 'a\nx-evil: b' },
    { kind: 'none', problem: 'has a key token with white space in it, or with a character that no token has' },
  ],
]

test.each(rows)('%s', (...[, provider, values, wanted]) => {
  expect(pickCredential(values, provider)).toEqual(wanted)
})
