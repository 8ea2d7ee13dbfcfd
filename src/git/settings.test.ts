import { describe, expect, it } from 'vitest'
import { parseRepository, type RepositoryUrl } from '../lib/repository.ts'
import { findCredentialProblem, planGitEnvironment, planPrivateFiles } from './settings.ts'

function parse(text: string): RepositoryUrl {
  const parsed = parseRepository(text)
  if ('problem' in parsed) throw new Error(parsed.problem)
  return parsed.url
}

const files = (url: string, credential: Parameters<typeof planPrivateFiles>[2]) =>
  Object.fromEntries(planPrivateFiles('/private', parse(url), credential).map(({ name, text }) => [name, text]))

describe('planPrivateFiles', () => {
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
