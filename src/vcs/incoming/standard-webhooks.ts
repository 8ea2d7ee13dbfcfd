import { timingSafeEqual } from 'node:crypto'
import type { RawDelivery } from '../../lib/forge-event.ts'
import { digestLength, signWith } from './signature.ts'

/**
 * The signed form that GitLab shares with many others (the Standard Webhooks specification): an HMAC-SHA256 in base64 over id,
 * time and body, keyed with what the token holds in base64 behind `whsec_`.
 */

const toleranceMs = 5 * 60 * 1000
/** While a token is being changed there are two. More are work for nothing. */
const mostSignatures = 8

const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const

export function hasStandardSignature({ headers }: RawDelivery): boolean {
  return headers['webhook-signature'] !== undefined
}

export function isStandardSigned({ headers, body }: RawDelivery, secret: string, nowMs: number): boolean {
  const [id = '', time = '', list = ''] = names.map((name) => headers[name])
  const key = readKey(secret)
  const expected = signWith(key ?? 'none', `${id}.${time}.`, body)
  // All are compared, so that the time does not tell which one it was.
  const matches = list.split(' ', mostSignatures).filter((signature) => isEqual(expected, signature))
  return matches.length > 0 && key !== undefined && id !== '' && isRecent(time, nowMs)
}

function isRecent(time: string, nowMs: number): boolean {
  return /^[0-9]{1,12}$/.test(time) && Math.abs(Number(time) * 1000 - nowMs) <= toleranceMs
}

function isEqual(expected: Uint8Array, signature: string): boolean {
  const base64 = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(signature)?.[1]
  const given = base64 === undefined ? new Uint8Array(digestLength) : Buffer.from(base64, 'base64')
  return timingSafeEqual(expected, given) && base64 !== undefined
}

/** Undefined for an empty key: what anybody could sign with. A secret without the prefix is the key itself. */
function readKey(secret: string): Uint8Array | undefined {
  if (!secret.startsWith('whsec_')) return secret === '' ? undefined : Buffer.from(secret, 'utf8')
  const base64 = secret.slice('whsec_'.length)
  const isBase64 = /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}(==)?|[A-Za-z0-9+/]{3}=?)?$/.test(base64)
  return isBase64 && base64 !== '' ? Buffer.from(base64, 'base64') : undefined
}
