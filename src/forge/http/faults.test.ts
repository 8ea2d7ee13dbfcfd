import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ForgeErrorKind } from '../forge.ts'
import { toAnswerError, toForgeError } from './faults.ts'

const now = Date.parse('2026-11-21T14:00:00Z')
const asked = { method: 'GET', host: 'git.example.com', path: '/api/v1/repos/org/app', secrets: ['tok-en/1+2'] }
const about = 'GET git.example.com/api/v1/repos/org/app: the forge answered'
const json = (value: unknown) => JSON.stringify(value)

const rows: readonly (readonly [string, number, string, ForgeErrorKind, string])[] = [
  ['GitHub', 404, json({ message: 'Not Found', documentation_url: 'https://x' }), 'notFound', '404 (Not Found)'],
  ['GitLab', 401, json({ message: '401 Unauthorized' }), 'forbidden', '401 (401 Unauthorized)'],
  [
    'GitLab’s scopes',
    403,
    json({ error: 'insufficient_scope', error_description: 'The request requires api' }),
    'forbidden',
    '403 (The request requires api: insufficient_scope)',
  ],
  ['GitLab’s fields', 422, json({ message: { url: ['is blocked'] } }), 'refused', '422 (url is blocked)'],
  [
    'GitHub’s fields',
    422,
    json({ message: 'Validation Failed', errors: [{ message: 'Hook already exists' }] }),
    'refused',
    '422 (Validation Failed: Hook already exists)',
  ],
  ['Bitbucket', 400, json({ type: 'error', error: { message: 'Bad key' } }), 'refused', '400 (Bad key)'],
  [
    'Data Center',
    409,
    json({ errors: [{ context: null, message: 'Out of date' }] }),
    'unavailable',
    '409 (Out of date)',
  ],
  ['a page', 502, '<html><body>Bad gateway</body></html>', 'unavailable', '502'],
  ['a stack trace', 500, 'PANIC: nil\nruntime/panic.go:860\n', 'unavailable', '500 (PANIC: nil)'],
  ['nothing', 503, '', 'unavailable', '503'],
  ['control characters', 400, json({ message: 'a\u0000b\u001b[31mc\u202ed' }), 'refused', '400 (ab[31mcd)'],
  ['a long story', 400, 'x'.repeat(300), 'refused', `400 (${'x'.repeat(199)}…)`],
  ['an echo', 401, json({ message: 'bad tok-en/1+2!' }), 'forbidden', '401 (bad ***!)'],
  ['an echo in a URL', 401, json({ message: 'bad tok-en%2F1%2B2!' }), 'forbidden', '401 (bad ***!)'],
  ['an echo in pieces', 401, json({ message: 'bad tok-\u0000en/1+2!' }), 'forbidden', '401 (bad ***!)'],
]

test.each(rows)('%s', (...[, status, text, kind, words]) => {
  const error = toAnswerError(asked, { status, text, headers: {} }, now)
  expect(error).toMatchObject({ kind, message: `${about} ${words}`, retryAfterMs: undefined })
})

test.each([
  [301, 'https://git.example.com/api/v1/repos/new/app', /^the forge answered 301: the repository was renamed or moved/],
  [308, '/elsewhere', /^the forge answered 308: the repository was renamed/],
  [307, 'https://evil.example.com/?t=1', /^the forge answered 307 to evil\.example\.com: the repository was renamed/],
  [
    302,
    'https://login.example.com/sso',
    /^the forge answered 302 with a redirect to login\.example\.com, which is not followed/,
  ],
  [302, 'ht tp://nonsense', /^the forge answered 302 with a redirect/],
])('a redirect by %i to %s is told and not followed', (status, location, words) => {
  const error = toAnswerError(asked, { status, text: '', headers: { location } }, now)
  expect(error.kind).toBe('refused')
  expect(error.message.replace(/^.*?: /, '')).toMatch(words)
})

test('a limit tells how long to wait', () => {
  const answer = { status: 429, text: json({ message: 'slow down' }), headers: { 'retry-after': '7' } }
  expect(toAnswerError(asked, answer, now)).toMatchObject({
    kind: 'rateLimited',
    retryAfterMs: 7000,
    isPassing: true,
    message: `${about} 429 (slow down) and asks to wait 7 s`,
  })
})

test('a server that is starting may tell too', () => {
  const answer = { status: 503, text: '', headers: { 'retry-after': '7' } }
  expect(toAnswerError(asked, answer, now)).toMatchObject({ kind: 'unavailable', retryAfterMs: 7000 })
})

test('no message shows a secret, wherever and however the forge gives it back', () => {
  const secret = fc.oneof(fc.stringMatching(/^[\x21-\x29\x2b-\x7e]{6,40}$/), fc.uuid())
  const form = fc.constantFrom(
    (text: string) => text,
    encodeURIComponent,
    (text: string) => Buffer.from(text).toString('base64'),
    (text: string) => [...text].join('\u0007'),
  )
  const frame = fc.constantFrom(
    (text: string) => text,
    (text: string) => json({ message: text }),
    (text: string) => json({ errors: [{ message: `x ${text} y` }, { message: text }] }),
    (text: string) => `<p>${text}</p>`,
    (text: string) => json({ message: { [text]: [text] } }),
  )
  fc.assert(
    fc.property(fc.tuple(secret, form, frame, fc.integer({ min: 300, max: 599 })), ([value, give, wrap, status]) => {
      const known = { ...asked, secrets: [value] }
      const text = wrap(`${'w'.repeat(status % 190)}${give(value)}`)
      const headers = { location: `https://h/${encodeURIComponent(value)}` }
      const shown = toAnswerError(known, { status, text, headers }, now).message
      expect(shown).not.toContain(value)
      expect(shown).not.toContain(Buffer.from(value).toString('base64'))
      expect(toForgeError(known, 'refused', { words: give(value) }).message).not.toContain(value)
    }),
  )
})
