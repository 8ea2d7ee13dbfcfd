import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import type { Instant } from '../../lib/clock.ts'

/** GitHub takes at most ten minutes; begun a minute ago, because clocks differ. */
const lifetimeMs = 9 * 60_000
const earlierMs = 60_000

/** Undefined where the text is no private RSA key in PEM (PKCS#1 or PKCS#8). */
export function parseAppKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    // The reason may quote the key.
    return undefined
  }
}

/** The JWT (RS256) by which a GitHub App proves who it is; `app` is its id or client id. */
export function signAppJwt(app: string, key: KeyObject, now: Instant): string {
  const claims = {
    iat: Math.floor((now - earlierMs) / 1000),
    exp: Math.floor((now + lifetimeMs) / 1000),
    iss: app,
  }
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
