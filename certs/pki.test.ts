import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  type Credential,
  createAuthority,
  createLeaf,
  generateKeys,
  type KeyPair,
  parseBundle,
  parseCredential,
} from './pki.ts'

const validity = { notBefore: Date.parse('2026-01-01T00:00:00Z'), notAfter: Date.parse('2027-01-01T00:00:00Z') }
const dnsNames = ['c8s-admission.c8s-system.svc', 'c8s-admission.c8s-system.svc.cluster.local']
let keys: KeyPair[]
let authority: Credential
let leaf: Credential

beforeAll(async () => {
  keys = await Promise.all([generateKeys(), generateKeys()])
  authority = createAuthority({ ...validity, keys: keys[0] as KeyPair, serial: new Uint8Array(16).fill(0xff) })
  leaf = createLeaf(authority, { ...validity, keys: keys[1] as KeyPair, serial: new Uint8Array(16), dnsNames })
})

describe('a CA and a leaf', () => {
  it('are accepted by OpenSSL as what they are', () => {
    const [ca, server] = [new X509Certificate(authority.cert), new X509Certificate(leaf.cert)]
    expect([ca.ca, server.ca]).toEqual([true, false])
    expect(server.checkIssued(ca)).toBe(true)
    expect(server.verify(ca.publicKey)).toBe(true)
    expect(dnsNames.every((name) => server.checkHost(name) === name)).toBe(true)
    expect(server.checkHost('c8s-admission.other.svc')).toBeUndefined()
    expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(() => createSecureContext({ ...leaf, ca: authority.cert })).not.toThrow()
  })

  it('have positive, distinct serials of 16 bytes', () => {
    const [ca, server] = [new X509Certificate(authority.cert), new X509Certificate(leaf.cert)]
    expect(ca.serialNumber).toBe(`7F${'FF'.repeat(15)}`)
    expect(server.serialNumber).toBe(`40${'00'.repeat(15)}`)
  })

  it('are read back as they were made', () => {
    expect(parseCredential(authority)).toMatchObject({ ...validity, isAuthority: true })
    expect(parseCredential(leaf)).toMatchObject({ ...validity, isAuthority: false })
  })
})

describe('parseCredential', () => {
  it.each<[string, (all: { authority: Credential; leaf: Credential }) => Credential]>([
    ['the key of another certificate', ({ authority, leaf }) => ({ cert: authority.cert, key: leaf.key })],
    ['no key', ({ authority }) => ({ cert: authority.cert, key: '' })],
    ['no certificate', ({ authority }) => ({ cert: 'nonsense', key: authority.key })],
    ['a cut certificate', ({ authority }) => ({ cert: authority.cert.slice(0, 200), key: authority.key })],
  ])('refuses %s', (_, make) => {
    expect(parseCredential(make({ authority, leaf }))).toBeUndefined()
  })
})

describe('parseBundle', () => {
  it('reads every certificate, in order', () => {
    const bundle = parseBundle(`\n${authority.cert}\n${leaf.cert}`)
    expect(bundle?.map(({ pem }) => pem.trim())).toEqual([authority.cert.trim(), leaf.cert.trim()])
    expect(parseBundle('')).toEqual([])
  })

  it.each([
    ['text between', () => `${authority.cert} and ${leaf.cert}`],
    ['a cut certificate', () => authority.cert.slice(0, -40)],
    ['a block that is no certificate', () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'],
  ])('refuses %s', (_, make) => {
    expect(parseBundle(make())).toBeUndefined()
  })
})
