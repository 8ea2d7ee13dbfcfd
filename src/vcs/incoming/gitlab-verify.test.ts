import type * as crypto from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { signByOpenssl, toBody } from '../../../test/helpers/forge-deliveries.ts'
import { gitlab } from './gitlab.ts'

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

type Headers = Record<string, string | undefined>

const nowMs = Date.parse('2026-03-04T10:11:12Z')
const seconds = nowMs / 1000
const body = toBody({ object_kind: 'push' })

function verify(headers: Headers, secret: string, sent: Uint8Array = body): boolean {
  compared.length = 0
  return gitlab.verify({ headers, body: sent }, secret, nowMs)
}

const tokens: readonly (readonly [what: string, header: string | undefined, secret: string, holds: boolean])[] = [
  ['the secret', 'correct horse', 'correct horse', true],
  ['another', 'correct horsf', 'correct horse', false],
  ['its beginning', 'correct hors', 'correct horse', false],
  ['the secret and more', 'correct horse!', 'correct horse', false],
  ['the secret and a space', 'correct horse ', 'correct horse', false],
  ['in upper case', 'CORRECT HORSE', 'correct horse', false],
  ['missing', undefined, 'correct horse', false],
  ['empty', '', 'correct horse', false],
  ['empty, as the secret', '', '', false],
  ['missing, and the secret empty', undefined, '', false],
  // Node reads headers as one character a byte.
  ['with umlauts, as it arrives', Buffer.from('gehäßig').toString('latin1'), 'gehäßig', true],
  ['with umlauts, as others pass it on', 'gehäßig→', 'gehäßig→', true],
  ['of the same low bytes', 'Āa', '\0a', false],
  ['very long', 'x'.repeat(8000), 'x'.repeat(8000), true],
]

test.each(tokens)('a token: %s', (...[, header, secret, holds]) => {
  expect(verify({ 'x-gitlab-token': header }, secret)).toBe(holds)
  expect(compared).toEqual([[32, 32]])
})

const key = Buffer.from('0123456789abcdef0123456789abcdef')
const signingToken = `whsec_${key.toString('base64')}`
const sign = (id: string, time: string, by: string | Uint8Array = key) =>
  `v1,${signByOpenssl(by, `${id}.${time}.`, body).toString('base64')}`
const now = `${seconds}`
const good = sign('msg_1', now)

interface Signed {
  readonly what: string
  readonly holds?: boolean
  readonly id?: string
  readonly time?: string
  readonly signature?: string
  readonly secret?: string
  readonly body?: Uint8Array
  readonly more?: Headers
}

const signed: readonly Signed[] = [
  { what: 'good', holds: true },
  { what: 'good, and a wrong token', holds: true, more: { 'x-gitlab-token': 'nonsense' } },
  { what: 'wrong, and the right token', signature: sign('msg_2', now), more: { 'x-gitlab-token': signingToken } },
  { what: 'empty, and the right token', signature: '', more: { 'x-gitlab-token': signingToken } },
  { what: 'by another key', signature: sign('msg_1', now, 'another') },
  { what: 'by the token instead of the key in it', signature: sign('msg_1', now, signingToken) },
  { what: 'by a secret without whsec_', secret: 'plain', signature: sign('msg_1', now, 'plain'), holds: true },
  { what: 'of another id', id: 'msg_2' },
  { what: 'of another time', time: `${seconds + 1}` },
  { what: 'of another body', body: toBody({ object_kind: 'tag_push' }) },
  { what: 'without an id', id: '', signature: sign('', now) },
  { what: 'without a time', time: '', signature: sign('msg_1', '') },
  { what: 'five minutes old', time: `${seconds - 300}`, signature: sign('msg_1', `${seconds - 300}`), holds: true },
  { what: 'older than that', time: `${seconds - 301}`, signature: sign('msg_1', `${seconds - 301}`) },
  { what: 'five minutes ahead', time: `${seconds + 300}`, signature: sign('msg_1', `${seconds + 300}`), holds: true },
  { what: 'further ahead', time: `${seconds + 301}`, signature: sign('msg_1', `${seconds + 301}`) },
  { what: 'with a time in words', time: 'now', signature: sign('msg_1', 'now') },
  { what: 'with a time with a fraction', time: `${now}.0`, signature: sign('msg_1', `${now}.0`) },
  { what: 'with a negative time', time: '-1', signature: sign('msg_1', '-1') },
  { what: 'with a time without end', time: '9'.repeat(400), signature: sign('msg_1', '9'.repeat(400)) },
  { what: 'after another', signature: `${sign('x', now)} ${good}`, holds: true },
  { what: 'before another', signature: `${good} ${sign('x', now)}`, holds: true },
  { what: 'among other versions', signature: `v1a,${'A'.repeat(86)}== ${good} v2,x`, holds: true },
  { what: 'after more than anybody needs', signature: `${'v1,x '.repeat(20)}${good}` },
  { what: 'of another version', signature: good.replace('v1,', 'v2,') },
  { what: 'without a version', signature: good.slice(3) },
  { what: 'short of one character', signature: good.slice(0, -1) },
  { what: 'with a line end', signature: `${good}\n` },
  { what: 'in hex', signature: `v1,${Buffer.from(good.slice(3), 'base64').toString('hex')}` },
  { what: 'separated by a comma', signature: `${good},${good}` },
  { what: 'with a token that is no base64', secret: 'whsec_not base64', signature: sign('msg_1', now, 'none') },
  { what: 'with a token without a key', secret: 'whsec_', signature: sign('msg_1', now, 'none') },
  { what: 'with an empty secret', secret: '', signature: sign('msg_1', now, 'none') },
]

test.each(signed)('a signature $what', ({ holds = false, ...row }) => {
  const headers = {
    'webhook-id': row.id ?? 'msg_1',
    'webhook-timestamp': row.time ?? now,
    'webhook-signature': row.signature ?? good,
    ...row.more,
  }
  expect(verify(headers, row.secret ?? signingToken, row.body)).toBe(holds)
  expect(compared.length).toBeGreaterThan(0)
  expect(compared.every(([one, other]) => one === 32 && other === 32)).toBe(true)
})

test('without its id or time a signature holds nothing', () => {
  expect(verify({ 'webhook-signature': good }, signingToken)).toBe(false)
  expect(verify({ 'webhook-signature': good, 'webhook-id': 'msg_1' }, signingToken)).toBe(false)
})

test('without a signature its other headers say nothing', () => {
  expect(verify({ 'webhook-id': 'msg_1', 'webhook-timestamp': now }, signingToken)).toBe(false)
  expect(verify({ 'webhook-id': 'msg_1', 'x-gitlab-token': signingToken }, signingToken)).toBe(true)
})

test('the example of the Standard Webhooks specification', () => {
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  }
  const delivery = { headers, body: toBody('{"test": 2432232314}') }
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  expect(gitlab.verify(delivery, secret, 1_614_265_330_000)).toBe(true)
  expect(gitlab.verify(delivery, secret, nowMs)).toBe(false)
})
