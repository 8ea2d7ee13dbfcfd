import { expect, test } from 'vitest'
import { findRateLimit } from './rate-limit.ts'

const now = Date.parse('2026-11-21T14:00:00Z')
const inSeconds = (seconds: number) => `${now / 1000 + seconds}`

test.each([
  ['429 and no word', 429, {}, 60_000],
  ['Retry-After in seconds', 429, { 'retry-after': '7' }, 7000],
  ['Retry-After as a date', 429, { 'retry-after': 'Sat, 21 Nov 2026 14:00:30 GMT' }, 30_000],
  ['Retry-After in the past', 429, { 'retry-after': 'Sat, 21 Nov 2026 13:00:30 GMT' }, 1000],
  ['Retry-After that is nonsense', 429, { 'retry-after': 'soon' }, 60_000],
  ['a day', 429, { 'retry-after': '86400' }, 3_600_000],
  ['GitHub’s hour', 403, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(90) }, 90_000],
  ['GitHub’s hour by 429', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(90) }, 90_000],
  ['GitHub’s second limit', 403, { 'retry-after': '60', 'x-ratelimit-remaining': '4000' }, 60_000],
  ['GitLab', 429, { 'ratelimit-remaining': '0', 'ratelimit-reset': inSeconds(45) }, 45_000],
  ['seconds from now', 429, { 'ratelimit-reset': '20' }, 20_000],
  ['a window that is over', 429, { 'ratelimit-reset': inSeconds(-5) }, 1000],
])('%s', (...[, status, headers, wanted]) => {
  expect(findRateLimit({ status, headers }, now)).toBe(wanted)
})

test.each([
  ['a refusal', 403, { 'x-ratelimit-remaining': '4999', 'x-ratelimit-reset': inSeconds(90) }],
  ['a refusal without headers', 403, {}],
  ['the last call of the hour', 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inSeconds(90) }],
  ['a server that is starting', 503, { 'retry-after': '5' }],
  ['something missing', 404, { 'x-ratelimit-remaining': '0' }],
])('%s is no limit', (_, status, headers) => {
  expect(findRateLimit({ status, headers }, now)).toBeUndefined()
})
