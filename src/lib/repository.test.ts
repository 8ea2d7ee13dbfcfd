import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRepository, redactUrls, toCanonicalRepository } from './repository.ts'

describe('parseRepository', () => {
  it.each([
    ['https://github.com/org/app', { scheme: 'https', host: 'github.com', path: '/org/app' }],
    ['https://github.com:8443/org/app.git', { scheme: 'https', host: 'github.com', port: 8443, path: '/org/app.git' }],
    ['ssh://git@host/org/app', { scheme: 'ssh', user: 'git', host: 'host', path: '/org/app' }],
    ['git://host/app', { scheme: 'git', host: 'host', path: '/app' }],
    ['http://[::1]:3000/a', { scheme: 'http', host: '[::1]', port: 3000, path: '/a' }],
    ['http://git.c8s-sample.svc/sample.git', { scheme: 'http', host: 'git.c8s-sample.svc', path: '/sample.git' }],
    ['https://host/a@b', { scheme: 'https', host: 'host', path: '/a@b' }],
    ['https://host:8443/a@b', { scheme: 'https', host: 'host', port: 8443, path: '/a@b' }],
    ['https://host', { scheme: 'https', host: 'host', path: '' }],
  ])('%s', (text, url) => {
    expect(parseRepository(text)).toEqual({ url })
  })

  it.each([
    ['ext::sh -c touch% /tmp/x', /white space/],
    ['ext::sh', /transport helper/],
    ['fd::17', /transport helper/],
    ['--upload-pack=touch', /starts with a dash/],
    ['-oProxyCommand=x', /starts with a dash/],
    ['file:///etc/passwd', /does not start with/],
    ['/srv/git/app', /does not start with/],
    ['ftp://host/app', /does not start with/],
    ['HTTPS://host/app', /does not start with/],
    ['git@github.com:org/app', /short form of ssh/],
    ['github.com:org/app', /short form of ssh/],
    ['https://user:pw@host/app', /credential/],
    ['https://ghp_token@host/app', /credential/],
    ['http://user:p/w@host/app', /credential/],
    ['ssh://git:pw@host/app', /credential/],
    ['git://user@host/app', /credential/],
    ['https://host/app?access_token=x', /query/],
    ['https://host/app#x', /fragment/],
    ['https://host/app\n--upload-pack=x', /white space/],
    ['https://host/a b', /white space/],
    ['https://host/a\u00a0b', /white space/],
    ['https://host/\u202egpj', /control/],
    ['https://host/%0aGET', /encoded control/],
    ['git://host%0d%0a/app', /encoded control/],
    ['https://good\\@evil/app', /backslash/],
    ['ssh://-oProxyCommand=x/app', /host that is neither/],
    ['ssh://-x@host/app', /user name/],
    ['https://-host/app', /host that is neither/],
    ['https:///app', /no host/],
    ['https://', /no host/],
    ['https://:80/app', /no host/],
    ['https://host:/app', /port/],
    ['https://host:99999/app', /port/],
    ['https://host:22x/app', /port/],
    ['https://ex ample/app', /white space/],
    ['https://exämple/app', /host that is neither/],
    ['https://[::1/app', /host that is neither/],
    ['ssh://host/--upload-pack=x', /option of git/],
    ['', /does not start with/],
  ])('refuses %j', (text, reason) => {
    expect(parseRepository(text)).toEqual({ problem: expect.stringMatching(reason) })
  })

  it('never quotes what it refuses', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,20}$/)
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('https://u:X@h/a', 'https://X@h/a', 'X@h:a', 'ext::X', '-X', 'https://h/?X'),
        (value, form) => {
          expect(JSON.stringify(parseRepository(form.replace('X', value)))).not.toContain(value)
        },
      ),
    )
  })
})

describe('toCanonicalRepository', () => {
  it.each([
    'https://github.com/org/app',
    'https://GitHub.com/org/app.git',
    'https://github.com/org/app/',
    'https://github.com/org/app.git/',
    'https://github.com:443/org//app',
    'http://github.com./org/app',
    'ssh://git@github.com/org/app.git',
    'ssh://git@github.com:22/org/app',
    'git://github.com/org/app',
    'git@github.com:org/app.git',
    'github.com:org/app',
    'git@github.com:/org/app',
  ])('%s is github.com/org/app', (text) => {
    expect(toCanonicalRepository(text)).toBe('github.com/org/app')
  })

  it.each([
    ['another path', 'https://github.com/org/other'],
    ['another case of the path', 'https://github.com/Org/app'],
    ['another port', 'https://github.com:8443/org/app'],
    ['another host', 'https://gitlab.com/org/app'],
  ])('%s is another repository', (_, text) => {
    expect(toCanonicalRepository(text)).not.toBe('github.com/org/app')
  })
})

describe('redactUrls', () => {
  it.each([
    ['fatal: https://user:pw@host/a failed', 'fatal: https://***@host/a failed'],
    ['https://token@host/a', 'https://***@host/a'],
    ['https://user:p/w@host/a', 'https://***@host/a'],
    ['https://user:p@w@host/a', 'https://***@host/a'],
    ["'https://u:p@h/a' and 'ssh://git@h/b'", "'https://***@h/a' and 'ssh://***@h/b'"],
    ['https://host/a?access_token=x', 'https://host/a?***'],
    ['https://host/a', 'https://host/a'],
    ['mail me@example.com', 'mail me@example.com'],
  ])('%s', (text, want) => {
    expect(redactUrls(text)).toBe(want)
  })
})
