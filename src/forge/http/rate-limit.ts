/** Where a forge says to wait but not how long. */
const usualWaitMs = 60_000
const shortestMs = 1000
/** GitHub counts by the hour. */
const longestMs = 3_600_000

export interface AnswerHead {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
}

/** How long the forge asks to wait, in milliseconds; undefined where the answer is no rate limit. */
export function findRateLimit({ status, headers }: AnswerHead, now: number): number | undefined {
  const asked = findRetryAfter(headers, now)
  const isSpent = headers['x-ratelimit-remaining'] === '0'
  if (status !== 429 && !(status === 403 && (isSpent || asked !== undefined))) return undefined
  const reset = findReset(headers, now)
  return limit(asked ?? reset ?? usualWaitMs)
}

/** Retry-After, in seconds or as a date (RFC 9110); milliseconds from now. */
export function findRetryAfter(headers: AnswerHead['headers'], now: number): number | undefined {
  const text = headers['retry-after']?.trim()
  if (text === undefined || text === '') return undefined
  if (/^[0-9]+$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(date - now, 0)
}

/** When the window ends, in seconds since the epoch: GitHub's and Gitea's name, and GitLab's. */
function findReset(headers: AnswerHead['headers'], now: number): number | undefined {
  const text = headers['x-ratelimit-reset'] ?? headers['ratelimit-reset']
  const seconds = Number(text)
  if (text === undefined || !Number.isFinite(seconds)) return undefined
  // RFC drafts, and some proxies, count from now.
  return seconds < 1_000_000_000 ? seconds * 1000 : seconds * 1000 - now
}

function limit(milliseconds: number): number {
  return Math.min(Math.max(milliseconds, shortestMs), longestMs)
}
