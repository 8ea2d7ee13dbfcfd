import type { RawDelivery } from '../../lib/forge-event.ts'

const field = Buffer.from('payload=')
const ampersand = 0x26
const percent = 0x25
const plus = 0x2b
const space = 0x20

/** Value of each hex digit by its byte; for all others so little that no sum with it is a byte. */
const digits = Int16Array.from({ length: 256 }, (_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? -1000 : value
})

/** Whether the body says that it is a form, which forges can send in place of JSON. */
function isForm({ headers }: RawDelivery): boolean {
  return /^application\/x-www-form-urlencoded *(;|$)/i.test(headers['content-type'] ?? '')
}

/** The bytes of the JSON: the body, or the first field `payload` where it is a form. Undefined where the form has none. */
export function decodeForm(delivery: RawDelivery): Uint8Array | undefined {
  if (!isForm(delivery)) return delivery.body
  const body = Buffer.from(delivery.body.buffer, delivery.body.byteOffset, delivery.body.byteLength)
  const start = findField(body)
  if (start === undefined) return undefined
  const end = body.indexOf(ampersand, start)
  return decodePercent(body.subarray(start, end === -1 ? body.length : end))
}

function findField(body: Buffer): number | undefined {
  if (body.subarray(0, field.length).equals(field)) return field.length
  const later = body.indexOf(`&${field.toString()}`)
  return later === -1 ? undefined : later + 1 + field.length
}

/** What is no escape stays as it is. One plain loop, because bodies may have 25 MiB. */
function decodePercent(encoded: Uint8Array): Uint8Array {
  if (!encoded.includes(percent) && !encoded.includes(plus)) return encoded
  const decoded = new Uint8Array(encoded.length)
  let length = 0
  for (let at = 0; at < encoded.length; at++) {
    const byte = encoded[at] ?? 0
    const value = byte === percent ? readDigit(encoded, at + 1) * 16 + readDigit(encoded, at + 2) : -1
    if (value >= 0) at += 2
    decoded[length++] = value >= 0 ? value : byte === plus ? space : byte
  }
  return decoded.subarray(0, length)
}

function readDigit(encoded: Uint8Array, at: number): number {
  return digits[encoded[at] ?? 0] ?? 0
}
