import { threadCpuUsage } from 'node:process'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toBody } from '../../../test/helpers/forge-deliveries.ts'
import { findRepositoryHints } from './hints.ts'

const form: Readonly<Record<string, string>> = { 'content-type': 'application/x-www-form-urlencoded' }
const find = (body: string | Uint8Array, headers = {}, limit?: number) =>
  findRepositoryHints({ headers, body: Buffer.from(body) }, limit)
const url = 'https://git.example.com/a/b.git'

describe('what is found', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['a known key', `{"clone_url":"${url}"}`, [url]],
    ['at any depth', `[[{"x":{"repository":{"ssh_url":"git@h:a/b.git"}}}]]`, ['git@h:a/b.git']],
    ['with white space', `{\n  "git_http_url" : 1,\n  "clone_url":\r\n\t "${url}"\n}`, [url]],
    ['with escaped slashes', String.raw`{"clone_url":"https:\/\/git.example.com\/a\/b.git"}`, [url]],
    ['with escapes by number', String.raw`{"clone_url":"https:\u002f\u002fgit.example.com\u002Fa/b.git"}`, [url]],
    ['our own form', `{"repository":"ssh://git@h:22/a/b"}`, ['ssh://git@h:22/a/b']],
    [
      'one spelling of each',
      `{"clone_url":"${url}","html_url":"https://git.example.com/a/b","ssh_url":"git@git.example.com:a/b"}`,
      [url, 'https://git.example.com/a/b'],
    ],
    ['the likelier first', `{"html_url":"https://h/c/d","clone_url":"${url}"}`, [url, 'https://h/c/d']],
    [
      'the repository of a page',
      `{"html_url":"https://h/a/b/commit/12","href":"https://h/a/b/pull-requests/1"}`,
      ['https://h/a/b'],
    ],
    ['one that ends in .git by any key', `{"href":"https://h/scm/a/b.git"}`, ['https://h/scm/a/b.git']],
    [
      'the addresses that follow from a page',
      `{"href":"https://h/projects/A/repos/b/browse"}`,
      ['https://h/scm/A/b', 'https://h/scm/a/b', 'https://h/projects/A/repos/b'],
    ],
  ])('%s', (_, body, expected) => expect(find(body)).toEqual(expected))

  test.each([
    ['another key', `{"avatar_url":"${url}"}`],
    ['a key that ends alike', `{"my_clone_url":"${url}"}`],
    ['a value that is no address', '{"clone_url":"main","url":"file:///etc/passwd","href":"javascript:1"}'],
    ['a value that is no text', '{"clone_url":null,"url":7,"repository":{"id":1}}'],
    ['a text that looks like JSON', JSON.stringify({ text: `{"clone_url":"${url}"}` })],
    ['a text that never ends', `{"clone_url":"${url}`],
    ['an escape that there is not', String.raw`{"clone_url":"https://h/\x"}`],
    ['a page with one part', '{"html_url":"https://github.com/octocat"}'],
    ['the API of a forge with a host of its own', '{"url":"https://api.github.com/repos/a/b"}'],
    ["c8s's own address, of which pings tell", '{"hook":{"config":{"url":"https://c8s.example.com/webhooks/github"}}}'],
    ['an address without end', `{"clone_url":"https://h/${'a'.repeat(2000)}"}`],
    ['nothing', ''],
  ])('%s is not', (_, body) => expect(find(body)).toEqual([]))

  test('in a form', () => {
    const json = JSON.stringify({ text: '100% + ü', clone_url: url, ssh_url: 'git@h:a/b.git' })
    const expected = [url, 'git@h:a/b.git']
    expect(find(new URLSearchParams({ payload: json }).toString(), form)).toEqual(expected)
    expect(find(`a=1&payload=${encodeURIComponent(json)}&b=2`, form)).toEqual(expected)
    expect(find(`payload=${json.replaceAll('%', '%25')}`, form)).toEqual(expected)
    expect(find(`xpayload=${encodeURIComponent(json)}`, form)).toEqual([])
    expect(find(encodeURIComponent(json), form)).toEqual([])
  })

  test('no more than asked for', () => {
    const body = JSON.stringify(Array.from({ length: 300 }, (_, n) => ({ clone_url: `https://h/a/${n}` })))
    expect(find(body)).toHaveLength(64)
    expect(find(body, {}, 3)).toEqual(['https://h/a/0', 'https://h/a/1', 'https://h/a/2'])
  })
})

describe('whatever the body is', () => {
  const headers = fc.constantFrom({}, form)
  const piece = fc.constantFrom(
    '"',
    ':',
    '\\',
    '"url":"',
    '"clone_url":"',
    'https://',
    'git@h:',
    '%22',
    '%',
    '+',
    '&payload=',
    '{',
    ' ',
  )
  const bodies = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    fc.array(fc.oneof(piece, fc.string()), { maxLength: 60 }).map((parts) => Buffer.from(`payload=${parts.join('')}`)),
    fc.json().map((text) => Buffer.from(text)),
  )

  test('it never throws and keeps to the limit', () => {
    fc.assert(
      fc.property(bodies, headers, fc.nat(70), (body, type, limit) => {
        const found = findRepositoryHints({ headers: type, body }, limit)
        expect(found.length).toBeLessThanOrEqual(limit)
        expect(new Set(found).size).toBe(found.length)
      }),
      { numRuns: 500 },
    )
  })

  test('an address is found among anything else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.boolean(), (before, after, isForm) => {
        const json = JSON.stringify({ before, repository: { clone_url: url }, after })
        const body = isForm ? new URLSearchParams({ payload: json }).toString() : json
        expect(find(body, isForm ? form : {})).toContain(url)
      }),
    )
  })
})

/** As much as forges ever send. */
const size = 25 * 1024 * 1024
/** Ten times what it takes on a quiet machine: what must not be is quadratic, and takes minutes. */
const mostMs = 3000

describe('25 MiB are read in one go', () => {
  test.each([
    ['quotes', '"'],
    ['keys', '"url":'],
    ['beginnings of keys', '"url'],
    ['keys before spaces', `"url":${' '.repeat(17)}`],
    ['users that are none', `"homepage":"${'a'.repeat(32)}`],
    ['texts without end', `"clone_url":"https://${'a'.repeat(2000)}`],
    ['one address again and again', '"url":"http://a/b",'],
    ['long addresses', `"url":"https://h${'/projects/a/repos'.repeat(50)}",`],
    ['keys in a form', '%22url%22%3A', form],
    ['percent signs in a form', '%', form],
    ['spaces in a form', '+', form],
  ])('%s', (_, pattern, headers = {}) => {
    const body = Buffer.alloc(size, pattern)
    body.write('payload=')
    expect(measureBest(() => findRepositoryHints({ headers, body }))).toBeLessThan(mostMs)
  })

  test('different addresses', () => {
    const parts = Array.from(
      { length: 200_000 },
      (_, n) => `"url":"https://host${n}/projects/a/repos/${'x'.repeat(60)}",`,
    )
    const body = toBody(parts.join(''))
    expect(measureBest(() => findRepositoryHints({ headers: {}, body }))).toBeLessThan(mostMs)
  })
})

/** Milliseconds of this thread, which do not count what others do meanwhile; the best of several tries. */
function measureBest(work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let tries = 0; tries < 5 && best >= mostMs; tries++) {
    const start = threadCpuUsage()
    work()
    const { user, system } = threadCpuUsage(start)
    best = Math.min(best, (user + system) / 1000)
  }
  return best
}
