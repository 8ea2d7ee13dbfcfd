import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

interface Signed {
  readonly bytes: Uint8Array
  readonly secret: string
  /** The header, if there was one. */
  readonly signature: string | undefined
}

/** Bytes of a SHA-256 digest. */
export const digestLength = 32

/** What is compared where there is nothing to compare, so that the work is the same. */
const nothing = new Uint8Array(digestLength)

/** Whether the header is the prefix and the HMAC-SHA256 of the bytes in hex, in either case, with nothing around it. */
export function isHexSigned({ bytes, secret, signature }: Signed, prefix: 'sha256=' | ''): boolean {
  const given = readHex(signature, prefix)
  const isEqual = timingSafeEqual(signWith(secret, bytes), given ?? nothing)
  return isEqual && given !== undefined && secret !== ''
}

/** HMAC-SHA256. */
export function signWith(key: string | Uint8Array, ...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const mac = createHmac('sha256', key)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** Whether the header is the secret itself. Digests are compared: they have the same length, whatever was sent. */
export function isToken(header: string | undefined, secret: string): boolean {
  const isEqual = timingSafeEqual(digest(toBytes(header ?? '')), digest(Buffer.from(secret, 'utf8')))
  return isEqual && header !== undefined && secret !== ''
}

function readHex(signature: string | undefined, prefix: string): Uint8Array | undefined {
  if (signature === undefined || !signature.startsWith(prefix)) return undefined
  const hex = signature.slice(prefix.length)
  return /^[0-9a-fA-F]{64}$/.test(hex) ? Buffer.from(hex, 'hex') : undefined
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

/** Headers arrive with one character for each byte that was sent. */
function toBytes(header: string): Uint8Array {
  const isRaw = /^[\0-\xff]*$/.test(header)
  return Buffer.from(header, isRaw ? 'latin1' : 'utf8')
}
