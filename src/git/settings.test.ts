import { describe, expect, it } from 'vitest'
import { parseRepository, type RepositoryUrl } from '../lib/repository.ts'
import {
  type Credential,
  findCredentialProblem,
  type GitTarget,
  planGitEnvironment,
  planPrivateFiles,
} from './settings.ts'

function parse(text: string): RepositoryUrl {
  const parsed = parseRepository(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.url
}

const files = (url: string, credential: Credential, more: Partial<GitTarget> = {}) =>
  Object.fromEntries(
    planPrivateFiles('/private', { url: parse(url), credential, ...more }).map(({ name, text }) => [name, text]),
  )

describe('planPrivateFiles', () => {
  it('lets git hold no larger file in memory than is wanted', () => {
    const reading = files('https://git.example.com/a/b', {}, { mostHeldBytes: 2_000_000 })
    expect(reading['git-config']).toContain('[core]\n\tbigFileThreshold = 2000000\n')
    expect(files('https://git.example.com/a/b', {})['git-config']).not.toContain('bigFileThreshold')
  })

  it('gives the password to its scheme, host and port alone, and escapes it', () => {
    const { credentials, 'git-config': config } = files('https://git.example.com:8443/a/b', {
      username: 'me@x',
      password: 'p@ss/w:rd',
    })
    expect(credentials).toBe('https://me%40x:p%40ss%2Fw%3Ard@git.example.com:8443\n')
    expect(config).toContain(
      '[credential "https://git.example.com:8443"]\n\thelper = store --file=/private/credentials',
    )
    expect(config).not.toContain('p@ss')
  })

  it('offers the key to its host alone and checks the host where known hosts are given', () => {
    const sshKey = '-----BEGIN-----\r\nabc\r\n-----END-----'
    const strict = files('ssh://git@example.com:2222/a', { sshKey, knownHosts: 'example.com ssh-ed25519 AAAA' })
    expect(strict['ssh-key']).toBe('-----BEGIN-----\nabc\n-----END-----\n')
    expect(strict['ssh-config']).toMatch(
      /^Host example.com\n {2}IdentityFile \/private\/ssh-key\nHost \*\n {2}IdentityFile none\n/,
    )
    expect(strict['ssh-config']).toContain('StrictHostKeyChecking yes')
    expect(strict['known-hosts']).toBe('example.com ssh-ed25519 AAAA\n')
    expect(files('ssh://git@example.com/a', { sshKey })['ssh-config']).toContain('StrictHostKeyChecking accept-new')
    expect(files('ssh://git@[::1]/a', { sshKey })['ssh-config']).toMatch(/^Host ::1\n/)
  })

  it('keeps an http server to its addresses and to itself where asked to', () => {
    const open = files('https://example.com/a', {})['git-config']
    expect(open).toContain('followRedirects = initial')
    expect(open).not.toContain('curloptResolve')
    const kept = { followsRedirects: false, addresses: ['192.0.2.7', '192.0.2.8'] }
    expect(files('https://example.com/a', {}, kept)['git-config']).toContain('followRedirects = false')
    expect(files('https://example.com/a', {}, kept)['git-config']).toContain('example.com:443:192.0.2.7,192.0.2.8')
    expect(files('http://example.com:81/a', {}, kept)['git-config']).toContain('example.com:81:192.0.2.7,192.0.2.8')
    expect(files('http://example.com/a', {}, { addresses: ['2001:db8::7'] })['git-config']).toContain(
      ':80:[2001:db8::7]',
    )
    expect(files('ssh://git@example.com/a', {}, kept)['git-config']).not.toContain('192.0.2.7')
  })

  it('runs nothing of the repository', () => {
    const config = files('https://example.com/a', {})['git-config']
    for (const line of ['hooksPath = /dev/null', '[credential]\n\thelper = \n', '[protocol]\n\tallow = never']) {
      expect(config).toContain(line)
    }
  })
})

describe('planGitEnvironment', () => {
  it('passes on nothing but the way to servers', () => {
    const environment = {
      PATH: '/bin',
      https_proxy: 'http://p',
      GIT_DIR: '/x',
      LD_PRELOAD: '/x',
      C8S_CLONE_OPTIONS: '{}',
    }
    const planned = planGitEnvironment('/private', environment)
    expect(planned).toMatchObject({ PATH: '/bin', https_proxy: 'http://p', GIT_ALLOW_PROTOCOL: 'https:http:ssh:git' })
    for (const name of ['GIT_DIR', 'LD_PRELOAD', 'C8S_CLONE_OPTIONS']) expect(planned).not.toHaveProperty(name)
  })
})

describe('findCredentialProblem', () => {
  it.each([
    ['https://h/x', { password: 'p' }, undefined],
    ['https://h/x', { sshKey: 'k' }, 'has no key "password", which an http repository needs'],
    ['ssh://h/x', { sshKey: 'k' }, undefined],
    ['ssh://h/x', { password: 'p' }, 'has no key "ssh-key", which an ssh repository needs'],
    ['https://h/x', { password: 'a\nb' }, 'holds a line break or NUL'],
    ['git://h/x', {}, undefined],
  ])('%s with %j', (url, credential, want) => {
    expect(findCredentialProblem(parse(url), credential)).toBe(want)
  })
})
