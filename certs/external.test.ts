import { randomBytes } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { systemTimers } from '../src/kube/timers.ts'
import type { KubeObject, Secret } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { FakeKube } from '../test/helpers/fake-kube.ts'
import { createExternalCertificates, type ExternalCertificates } from './external.ts'
import { isVouchedFor, readExternalLeaf } from './external-policy.ts'
import { certificateNames } from './names.ts'
import { type Credential, createAuthority, createLeaf, generateKeys, type KeyPair, parseBundle } from './pki.ts'

const { secret, mutatingWebhookConfiguration, validatingWebhookConfiguration } = resourceTypes
const { external: key, dnsNames } = certificateNames
const host = dnsNames[0]
const now = Date.now()
const hour = 3_600_000

let keys: KeyPair
let [one, two]: Credential[] = []
beforeAll(async () => {
  keys = await generateKeys()
  const make = () => createAuthority({ keys, serial: randomBytes(16), notBefore: now - hour, notAfter: now + hour })
  ;[one, two] = [make(), make()]
})

const known = (credential: Credential | undefined): Credential => credential ?? { cert: '', key: '' }
function sign(authority: Credential | undefined, names: readonly string[] = [host], ends = now + hour): Credential {
  const request = { keys, serial: randomBytes(16), notBefore: now - hour, notAfter: ends, dnsNames: names }
  return createLeaf(known(authority), request)
}
const encode = (text: string) => Buffer.from(text).toString('base64')
const toData = ({ cert, key: privateKey }: Credential) => ({ 'tls.crt': encode(cert), 'tls.key': encode(privateKey) })

describe('a Secret', () => {
  it.each<readonly [string, () => Readonly<Record<string, string>> | undefined, string | undefined]>([
    ['with a certificate for us', () => toData(sign(one)), undefined],
    ['that is not there', () => undefined, 'it does not exist yet'],
    ['without data', () => ({}), 'no certificate with its key'],
    ['with nonsense', () => ({ 'tls.crt': 'bm8=', 'tls.key': 'bm8=' }), 'no certificate with its key'],
    ['with a certificate for others', () => toData(sign(one, ['web.example.com'])), `it is not for ${host}`],
    ['with one that has run out', () => toData(sign(one, [host], now - 1000)), 'it ended at'],
  ])('%s is read', (_name, data, fault) => {
    const leaf = readExternalLeaf(data(), { host, now })
    if (fault === undefined) expect(leaf.fault).toBeUndefined()
    else expect(leaf.fault).toContain(fault)
  })
})

describe('a bundle vouches', () => {
  const bundleOf = (...pems: readonly string[]) => parseBundle(pems.join('')) ?? []

  it('for what one of its CAs signed, and for itself', () => {
    const leaf = sign(one).cert
    expect(isVouchedFor(leaf, bundleOf(known(two).cert, known(one).cert), now)).toBe(true)
    expect(isVouchedFor(leaf, bundleOf(leaf), now)).toBe(true)
    expect(isVouchedFor(leaf, bundleOf(known(two).cert), now)).toBe(false)
    expect(isVouchedFor(leaf, [], now)).toBe(false)
    expect(isVouchedFor('', bundleOf(known(one).cert), now)).toBe(false)
  })

  it('no longer when its CA has run out', () => {
    expect(isVouchedFor(sign(one).cert, bundleOf(known(one).cert), now + 2 * hour)).toBe(false)
  })
})

const running: ExternalCertificates[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((certificates) => certificates.stop()))
})

interface Configuration extends KubeObject {
  readonly webhooks: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[]
}

async function newCluster() {
  const kube = new FakeKube()
  for (const type of [mutatingWebhookConfiguration, validatingWebhookConfiguration]) {
    const webhooks = [{ name: 'a', clientConfig: {} }]
    await kube.create<Configuration>(type, { metadata: { name: 'c8s' }, webhooks })
  }
  const inject = async (caBundle: string) => {
    for (const type of [mutatingWebhookConfiguration, validatingWebhookConfiguration]) {
      const found = await kube.get<Configuration>(type, { name: 'c8s' })
      if (found === undefined) continue
      await kube.replace(type, { ...found, webhooks: [{ name: 'a', clientConfig: { caBundle: encode(caBundle) } }] })
    }
  }
  const leaves: Credential[] = []
  const faults: unknown[] = []
  const certificates = createExternalCertificates({
    client: kube,
    clock: { now: () => Date.now() },
    timers: systemTimers,
    checkMs: 20,
    ...certificateNames,
    secret: key,
    onFault: (error) => faults.push(error),
  })
  certificates.onLeaf((leaf) => leaves.push(leaf))
  certificates.start()
  running.push(certificates)
  return { kube, inject, leaves, faults, certificates }
}

describe('the certificate of somebody else', () => {
  it('is served when it comes, and trusted when the bundles say so; nothing is written', async () => {
    const { kube, inject, leaves, faults, certificates } = await newCluster()
    await expect.poll(() => faults.length).toBe(1)
    expect(String(faults[0])).toContain('c8s-system/c8s-admission-tls')
    await kube.create<Secret>(secret, { metadata: key, data: toData(sign(one)) })
    await expect.poll(() => leaves.length).toBe(1)
    expect(certificates.isTrusted()).toBe(false)
    const countWrites = () => kube.requests.filter(({ verb }) => verb !== 'read').length
    await inject(known(one).cert)
    const before = countWrites()
    await expect.poll(() => certificates.isTrusted()).toBe(true)
    expect(countWrites()).toBe(before)
  })

  it('of a new CA is served only when the bundles know that CA', async () => {
    const { kube, inject, leaves, certificates } = await newCluster()
    await kube.create<Secret>(secret, { metadata: key, data: toData(sign(one)) })
    await inject(known(one).cert)
    await expect.poll(() => certificates.isTrusted()).toBe(true)
    const renewed = sign(two)
    await kube.patch(secret, key, { data: toData(renewed) })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect([leaves.length, certificates.isTrusted()]).toEqual([1, true])
    await inject(known(two).cert)
    await expect.poll(() => leaves.at(-1)).toEqual(renewed)
    await expect.poll(() => certificates.isTrusted()).toBe(true)
  })

  it('stays where the Secret is lost or broken', async () => {
    const { kube, inject, leaves, faults, certificates } = await newCluster()
    await kube.create<Secret>(secret, { metadata: key, data: toData(sign(one)) })
    await inject(known(one).cert)
    await expect.poll(() => certificates.isTrusted()).toBe(true)
    const told = faults.length
    await kube.remove(secret, key)
    await expect.poll(() => faults.length).toBe(told + 1)
    expect([leaves.length, certificates.isTrusted()]).toEqual([1, true])
  })
})
