import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createCredentials, ensureCredentials, toSshPublicKey } from './credentials.ts'

test("ssh's form of a public key holds the type, the curve and the point", () => {
  const [type, encoded] = toSshPublicKey('nistp256', Buffer.from([4, 1, 2])).split(' ')
  const wire = Buffer.from(encoded ?? '', 'base64')
  expect(type).toBe('ecdsa-sha2-nistp256')
  expect(wire.readUInt32BE(0)).toBe(19)
  expect(wire.subarray(4, 23).toString()).toBe('ecdsa-sha2-nistp256')
  expect(wire.subarray(27, 35).toString()).toBe('nistp256')
  expect([...wire.subarray(35)]).toEqual([0, 0, 0, 3, 4, 1, 2])
})

test('the public key belongs to the private one', () => {
  const { privateKey, publicKey } = createCredentials().clientKey
  const { x = '' } = createPublicKey(createPrivateKey(privateKey)).export({ format: 'jwk' })
  const wire = Buffer.from(publicKey.split(' ')[1] ?? '', 'base64')
  expect(wire.includes(Buffer.from(x, 'base64url'))).toBe(true)
})

test('credentials are made once, and only their owner may read them', () => {
  const cache = mkdtempSync(join(tmpdir(), 'c8s-credentials-'))
  try {
    const made = ensureCredentials(cache)
    expect(ensureCredentials(cache)).toEqual(made)
    expect(statSync(join(cache, 'git-credentials.json')).mode & 0o777).toBe(0o600)
    expect(createCredentials().password).not.toBe(made.password)
  } finally {
    rmSync(cache, { recursive: true })
  }
})
