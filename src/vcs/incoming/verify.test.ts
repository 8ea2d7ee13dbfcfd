import type * as crypto from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { hmacByOpenssl, signByOpenssl, toBody } from '../../../test/helpers/forge-deliveries.ts'
import type { Provider, RawDelivery } from '../../lib/forge-event.ts'
import type { IncomingProvider } from './provider.ts'
import { incomingProviders } from './registry.ts'

const compared: (readonly [number, number])[] = []
vi.mock('node:crypto', async (importOriginal) => {
  const original = await importOriginal<typeof crypto>()
  return {
    ...original,
    timingSafeEqual: (one: Uint8Array, other: Uint8Array) => {
      compared.push([one.byteLength, other.byteLength])
      return original.timingSafeEqual(one, other)
    },
  }
})

const nowMs = Date.parse('2026-03-04T10:11:12Z')
const secret = "It's a Secret to Everybody"
const body = toBody({ ref: 'refs/heads/main', text: 'zwei\nZeilen, ü' })
const find = (id: Provider): IncomingProvider => incomingProviders.find((one) => one.id === id) ?? never(id)
const never = (id: string): never => {
  throw new Error(`no provider ${id}`)
}

/** What each provider sends for a body signed with a secret. */
interface Form {
  readonly name: string
  readonly provider: IncomingProvider
  readonly header: string
  readonly prefix: string
}

const forms: readonly Form[] = [
  { name: 'github', provider: find('github'), header: 'x-hub-signature-256', prefix: 'sha256=' },
  { name: 'bitbucket', provider: find('bitbucket'), header: 'x-hub-signature', prefix: 'sha256=' },
  { name: 'gitea', provider: find('gitea'), header: 'x-gitea-signature', prefix: '' },
  { name: 'forgejo', provider: find('gitea'), header: 'x-forgejo-signature', prefix: '' },
  { name: 'gitea as github', provider: find('gitea'), header: 'x-hub-signature-256', prefix: 'sha256=' },
  { name: 'generic', provider: find('generic'), header: 'x-c8s-signature-256', prefix: 'sha256=' },
]

const good = signByOpenssl(secret, body).toString('hex')
const changed = Buffer.from(body)
changed[20] = (changed[20] ?? 0) ^ 1
/** HMAC-SHA256 of nothing with an empty key: what anybody could send. */
const emptyOfEmpty = 'b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad'

interface Row {
  readonly what: string
  readonly signature: string | undefined
  readonly holds?: boolean
  readonly body?: Uint8Array
  readonly secret?: string
  readonly header?: string
}

const rows: readonly Row[] = [
  { what: 'good', signature: `#${good}`, holds: true },
  { what: 'in upper case', signature: `#${good.toUpperCase()}`, holds: true },
  {
    what: 'of an empty body',
    signature: `#${signByOpenssl(secret, '').toString('hex')}`,
    body: toBody(''),
    holds: true,
  },
  { what: 'of another secret', signature: `#${signByOpenssl('another', body).toString('hex')}` },
  { what: 'of the secret and a line end', signature: `#${signByOpenssl(`${secret}\n`, body).toString('hex')}` },
  { what: 'missing', signature: undefined },
  { what: 'empty', signature: '' },
  { what: 'nothing but the prefix', signature: '#' },
  { what: 'short of one digit', signature: `#${good.slice(0, -1)}` },
  { what: 'cut in half', signature: `#${good.slice(0, 32)}` },
  { what: 'longer by one digit', signature: `#${good}0` },
  { what: 'with one other digit', signature: `#${good.startsWith('0') ? '1' : '0'}${good.slice(1)}` },
  { what: 'with a letter that is no digit', signature: `#${good.slice(0, -1)}g` },
  { what: 'with a space before', signature: ` #${good}` },
  { what: 'with a space after', signature: `#${good} ` },
  { what: 'with a line end after', signature: `#${good}\n` },
  { what: 'sent twice', signature: `#${good}, #${good}` },
  { what: 'by SHA-1', signature: `sha1=${hmacByOpenssl('sha1', secret, body).toString('hex')}` },
  { what: 'by SHA-512', signature: `sha512=${hmacByOpenssl('sha512', secret, body).toString('hex')}` },
  { what: 'by SHA-1 that says SHA-256', signature: `#${hmacByOpenssl('sha1', secret, body).toString('hex')}` },
  { what: 'in base64', signature: `#${signByOpenssl(secret, body).toString('base64')}` },
  { what: 'in a header of another forge', signature: `#${good}`, header: 'x-signature' },
  { what: 'of a body with one bit changed', signature: `#${good}`, body: changed },
  { what: 'of a body with CRLF', signature: `#${good}`, body: toBody(body.toString().replace('\\n', '\\r\\n')) },
  { what: 'of a body with a line end more', signature: `#${good}`, body: Buffer.concat([body, toBody('\n')]) },
  { what: 'of a body without its last byte', signature: `#${good}`, body: body.subarray(0, -1) },
  { what: 'of an empty body, for another', signature: `#${signByOpenssl(secret, '').toString('hex')}` },
  { what: 'good, but the secret is empty', signature: `#${emptyOfEmpty}`, secret: '', body: toBody('') },
]

const cases = forms.flatMap((form) => rows.map((row) => ({ ...form, ...row, header: row.header ?? form.header })))

test('there are more than a hundred', () => expect(cases.length).toBeGreaterThan(100))

test.each(cases)('$name: a signature $what', ({ provider, prefix, header, signature, ...row }) => {
  const headers = { 'content-type': 'application/json', [header]: signature?.replaceAll('#', prefix) }
  compared.length = 0
  expect(provider.verify({ headers, body: row.body ?? body }, row.secret ?? secret, nowMs)).toBe(row.holds ?? false)
  // One comparison of whole digests, whatever was sent.
  expect(compared).toEqual([[32, 32]])
})

test.each(forms)('$name: the signature that GitHub documents', ({ provider, header, prefix }) => {
  const signature = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
  const delivery = { headers: { [header]: `${prefix}${signature}` }, body: toBody('Hello, World!') }
  expect(provider.verify(delivery, secret, nowMs)).toBe(true)
})

test.each(forms)('$name: bytes that are no text are signed as they are', ({ provider, header, prefix }) => {
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0d, 0x0a])
  const signature = `${prefix}${signByOpenssl('gehäßig', bytes).toString('hex')}`
  expect(provider.verify({ headers: { [header]: signature }, body: bytes }, 'gehäßig', nowMs)).toBe(true)
})

test('a form is signed as it was sent, but by Gitea the JSON in it', () => {
  const json = JSON.stringify({ text: 'a b+c%ü' })
  const form = toBody(`payload=${encodeURIComponent(json).replaceAll('%20', '+')}`)
  const sign = (bytes: Uint8Array, name: string, prefix: string): RawDelivery => ({
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      [name]: `${prefix}${signByOpenssl(secret, bytes).toString('hex')}`,
    },
    body: form,
  })
  expect(find('github').verify(sign(form, 'x-hub-signature-256', 'sha256='), secret, nowMs)).toBe(true)
  expect(find('github').verify(sign(toBody(json), 'x-hub-signature-256', 'sha256='), secret, nowMs)).toBe(false)
  expect(find('gitea').verify(sign(toBody(json), 'x-gitea-signature', ''), secret, nowMs)).toBe(true)
  expect(find('gitea').verify(sign(form, 'x-gitea-signature', ''), secret, nowMs)).toBe(false)
})

test('a wrong signature of Forgejo is not made good by one under the older name', () => {
  const headers = { 'x-forgejo-signature': good.replace(/^./, 'x'), 'x-gitea-signature': good }
  expect(find('gitea').verify({ headers, body }, secret, nowMs)).toBe(false)
})

test('only SHA-256 counts where GitHub sends both', () => {
  const old = `sha1=${hmacByOpenssl('sha1', secret, body).toString('hex')}`
  const { verify } = find('github')
  expect(verify({ headers: { 'x-hub-signature': old }, body }, secret, nowMs)).toBe(false)
  expect(
    verify({ headers: { 'x-hub-signature': old, 'x-hub-signature-256': `sha256=${good}` }, body }, secret, nowMs),
  ).toBe(true)
})
