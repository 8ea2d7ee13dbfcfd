import { generateKeyPairSync, verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { parseAppKey, signAppJwt } from './app-jwt.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const now = Date.parse('2026-11-21T14:00:00.900Z')

test.each(['pkcs1', 'pkcs8'] as const)('a key in %s signs what its public half verifies', (type) => {
  const key = parseAppKey(privateKey.export({ type, format: 'pem' }).toString())
  if (key === undefined) throw new Error('the key was not read')
  const [head = '', claims = '', signature = '', ...rest] = signAppJwt('Iv23liAbCdEf', key, now).split('.')
  expect(rest).toEqual([])
  expect(JSON.parse(Buffer.from(head, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT' })
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
    iat: Date.parse('2026-11-21T13:59:00Z') / 1000,
    exp: Date.parse('2026-11-21T14:09:00Z') / 1000,
    iss: 'Iv23liAbCdEf',
  })
  const signed = Buffer.from(`${head}.${claims}`)
  expect(verify('RSA-SHA256', signed, publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
  expect(verify('RSA-SHA256', Buffer.from(`${head}.${claims}x`), publicKey, Buffer.from(signature, 'base64url'))).toBe(
    false,
  )
})

test.each([
  ['nothing', ''],
  ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  [
    'a key of another kind',
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
  ['half a key', privateKey.export({ type: 'pkcs1', format: 'pem' }).toString().slice(0, 300)],
])('%s is no key of an app', (_, pem) => {
  expect(parseAppKey(pem)).toBeUndefined()
})
