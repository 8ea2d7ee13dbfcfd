import { X509Certificate } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { systemTimers } from '../src/kube/timers.ts'
import type { KubeObject, Secret } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { FakeKube } from '../test/helpers/fake-kube.ts'
import { type CertificateKeeper, createCertificateKeeper } from './keeper.ts'
import { certificateNames } from './names.ts'
import { type Credential, parseBundle } from './pki.ts'
import { certificateSettings } from './policy.ts'

const { secret, mutatingWebhookConfiguration, validatingWebhookConfiguration } = resourceTypes
const key = certificateNames.secret
const configuration = { name: 'c8s' }
const running: CertificateKeeper[] = []

afterEach(async () => {
  await Promise.all(running.splice(0).map((keeper) => keeper.stop()))
})

interface Configuration extends KubeObject {
  readonly webhooks: readonly { name: string; clientConfig: Record<string, unknown>; timeoutSeconds?: number }[]
}

async function newCluster(): Promise<FakeKube> {
  const kube = new FakeKube()
  const webhook = (name: string) => ({ name, clientConfig: { service: { name: 'c8s-admission' } }, timeoutSeconds: 5 })
  for (const type of [mutatingWebhookConfiguration, validatingWebhookConfiguration]) {
    await kube.create<Configuration>(type, { metadata: configuration, webhooks: [webhook('a'), webhook('b')] })
  }
  return kube
}

function startKeeper(kube: FakeKube) {
  const leaves: Credential[] = []
  const faults: unknown[] = []
  const keeper = createCertificateKeeper({
    client: kube,
    clock: { now: () => Date.now() },
    timers: systemTimers,
    settings: { ...certificateSettings, checkMs: 40 },
    ...certificateNames,
    onFault: (error) => faults.push(error),
  })
  keeper.onLeaf((leaf) => leaves.push(leaf))
  keeper.start()
  running.push(keeper)
  return { keeper, leaves, faults }
}

async function readBundles(kube: FakeKube): Promise<string[]> {
  const found = await Promise.all(
    [mutatingWebhookConfiguration, validatingWebhookConfiguration].map((type) =>
      kube.get<Configuration>(type, configuration),
    ),
  )
  return found.flatMap((object) => object?.webhooks.map(({ clientConfig }) => String(clientConfig['caBundle'])) ?? [])
}

function isVouchedFor(bundle: string, leaf: Credential | undefined): boolean {
  const certificate = new X509Certificate(leaf?.cert ?? '')
  const cas = parseBundle(Buffer.from(bundle, 'base64').toString()) ?? []
  return cas.some(({ pem }) => certificate.verify(new X509Certificate(pem).publicKey))
}

describe('two keepers', () => {
  it('agree on one CA, have leaves of their own, and fill every bundle', async () => {
    const kube = await newCluster()
    const [one, two] = [startKeeper(kube), startKeeper(kube)]
    await expect.poll(() => one.keeper.isTrusted() && two.keeper.isTrusted(), { timeout: 5000 }).toBe(true)
    const bundles = await readBundles(kube)
    expect(bundles).toHaveLength(4)
    for (const { leaves } of [one, two]) {
      expect(leaves).toHaveLength(1)
      expect(bundles.every((bundle) => isVouchedFor(bundle, leaves[0]))).toBe(true)
    }
    expect(new Set([one, two].map(({ leaves }) => new X509Certificate(leaves[0]?.cert ?? '').serialNumber)).size).toBe(
      2,
    )
    expect([...one.faults, ...two.faults]).toEqual([])
    const { webhooks } = (await kube.get<Configuration>(mutatingWebhookConfiguration, configuration)) ?? {
      webhooks: [],
    }
    expect(webhooks[0]).toMatchObject({
      name: 'a',
      timeoutSeconds: 5,
      clientConfig: { service: { name: 'c8s-admission' } },
    })
    const writes = kube.requests.length
    await expect.poll(() => kube.requests.length - writes, { timeout: 5000 }).toBeGreaterThan(6)
    expect(kube.requests.slice(writes).every(({ verb }) => verb === 'read')).toBe(true)
  })
})

describe('a keeper', () => {
  async function startTrusted() {
    const kube = await newCluster()
    const started = startKeeper(kube)
    await expect.poll(() => started.keeper.isTrusted(), { timeout: 5000 }).toBe(true)
    const before = await kube.get<Secret>(secret, key)
    return { kube, before, bundles: await readBundles(kube), ...started }
  }

  it('puts a deleted Secret back as it was', async () => {
    const { kube, before, leaves } = await startTrusted()
    await kube.remove(secret, key)
    await expect.poll(async () => (await kube.get<Secret>(secret, key))?.data, { timeout: 5000 }).toEqual(before?.data)
    expect(leaves).toHaveLength(1)
  })

  it.each<[string, Record<string, string | null>]>([
    ['a CA that is no certificate', { 'current.crt': 'bm9uc2Vuc2U=' }],
    ['no key', { 'current.key': null }],
  ])('puts a Secret with %s back as it was', async (_, data) => {
    const { kube, before, leaves } = await startTrusted()
    await kube.patch(secret, key, { data })
    await expect.poll(async () => (await kube.get<Secret>(secret, key))?.data, { timeout: 5000 }).toEqual(before?.data)
    expect(leaves).toHaveLength(1)
  })

  it('makes a new CA where nobody remembers the old one, and serves it beside the old', async () => {
    const { kube, keeper, bundles, leaves } = await startTrusted()
    await keeper.stop()
    await kube.patch(secret, key, { data: { 'current.key': null } })
    const second = startKeeper(kube)
    await expect.poll(() => second.keeper.isTrusted(), { timeout: 5000 }).toBe(true)
    const [bundle = ''] = await readBundles(kube)
    expect(bundle).not.toBe(bundles[0])
    expect([leaves[0], second.leaves[0]].every((leaf) => isVouchedFor(bundle, leaf))).toBe(true)
  })

  it.each(['', 'bm9uc2Vuc2U=', 'not base64 at all!'])('heals a bundle that is %j', async (caBundle) => {
    const { kube, bundles } = await startTrusted()
    await kube.patch(mutatingWebhookConfiguration, configuration, {
      webhooks: [{ name: 'a', clientConfig: { caBundle } }],
    })
    await expect
      .poll(async () => (await readBundles(kube)).every((text) => text === bundles[0]), { timeout: 5000 })
      .toBe(true)
  })

  it('does not make a configuration anew that was removed', async () => {
    const { kube, keeper } = await startTrusted()
    await kube.remove(mutatingWebhookConfiguration, configuration)
    const asked = kube.requests.length
    await expect.poll(() => kube.requests.length - asked, { timeout: 5000 }).toBeGreaterThan(6)
    expect(await kube.get(mutatingWebhookConfiguration, configuration)).toBeUndefined()
    expect(keeper.isTrusted()).toBe(true)
  })

  it('goes on after a failure, and says how long it heard nothing', async () => {
    let isDown = true
    const kube = new FakeKube({
      before: () => {
        if (isDown) {
          throw new Error('down')
        }
      },
    })
    const { keeper, faults } = startKeeper(kube)
    await expect.poll(() => faults.length, { timeout: 5000 }).toBeGreaterThan(2)
    expect(keeper.isTrusted()).toBe(false)
    expect(keeper.status().leafEndsAt).toBeUndefined()
    isDown = false
    await expect.poll(() => keeper.isTrusted(), { timeout: 5000 }).toBe(true)
    expect(keeper.status().silentForMs).toBeLessThan(5000)
  })
})
