import type { Timers } from '../kube/timers.ts'

/** Deliveries of one repository: so many a second in the long run, so many at once. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

export const defaultRate: Rate = { perSecond: 200, burst: 2000 }

/** `200` or `200/2000`: a second, and at once (ten times as many when left out). Throws on anything else. */
export function parseRate(text: string): Rate {
  const { perSecond = '', burst } = /^(?<perSecond>\d{1,6})(?:\/(?<burst>\d{1,7}))?$/.exec(text)?.groups ?? {}
  const rate = { perSecond: Number(perSecond), burst: Number(burst ?? Number(perSecond) * 10) }
  if (rate.perSecond < 1 || rate.burst < 1) {
    throw new Error(
      `C8S_RATE_LIMIT is ${JSON.stringify(text)}, but must be deliveries a second, such as 200, or with how many at once, such as 200/2000`,
    )
  }
  return rate
}

export interface RateLimit {
  /** Milliseconds after which there is room for one more; 0: it was let through, and counts. */
  take(key: string): number
}

interface Bucket {
  tokens: number
  at: number
}

/** Full buckets mean nothing; they are looked for when there are this many. */
const mostBuckets = 10_000
/** Of a token: what adding up fractions may lose. */
const rounding = 1e-6

/** A token bucket for each key. */
export function createRateLimit({ perSecond, burst }: Rate, timers: Timers): RateLimit {
  const buckets = new Map<string, Bucket>()
  const refill = (bucket: Bucket, now: number): void => {
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) * perSecond) / 1000)
    bucket.at = now
  }
  const forgetFull = (now: number): void => {
    for (const [key, bucket] of buckets) {
      refill(bucket, now)
      if (bucket.tokens >= burst) buckets.delete(key)
    }
  }
  return {
    take: (key) => {
      const now = timers.now()
      if (buckets.size >= mostBuckets) forgetFull(now)
      const bucket = buckets.get(key) ?? { tokens: burst, at: now }
      buckets.set(key, bucket)
      refill(bucket, now)
      if (bucket.tokens < 1 - rounding) return Math.ceil(((1 - bucket.tokens - rounding) * 1000) / perSecond)
      bucket.tokens -= 1
      return 0
    },
  }
}
