import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExternalCertificates, type ExternalCertificates } from '../../certs/external.ts'
import { type Credential, createAuthority, createLeaf, generateKeys } from '../../certs/pki.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject, ResourceType, Secret } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const { namespace: namespaces, secret, validatingWebhookConfiguration } = resourceTypes
const configMap: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }

let connection: KubeConnection
let api: KubeApi
let namespace: string
let server: Server
let certificates: ExternalCertificates

beforeAll(async () => {
  connection = await openConnection(process.env)
  api = createKubeClient(connection)
  const made = await api.create<KubeObject>(namespaces, { metadata: { generateName: 'c8s-external-' } })
  namespace = made.metadata.name ?? ''
  certificates = createExternalCertificates({
    client: api,
    clock: { now: () => Date.now() },
    timers: systemTimers,
    checkMs: 200,
    secret: { namespace, name: 'tls' },
    configurations: { mutating: [], validating: [namespace] },
    dnsNames: ['localhost'],
  })
  server = createServer((request, response) => void allow(request, response))
  certificates.onLeaf((leaf) => server.setSecureContext(leaf))
  certificates.start()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await certificates.stop()
  server.closeAllConnections()
  server.close()
  await api.remove(validatingWebhookConfiguration, { name: namespace })
  await api.remove(namespaces, { name: namespace })
  connection.close()
})

async function allow(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ ...review, response: { uid: asked.uid, allowed: true } }))
}

const hour = 3_600_000
const newRequest = async () => ({
  keys: await generateKeys(),
  serial: randomBytes(16),
  notBefore: Date.now() - hour,
  notAfter: Date.now() + hour,
})
const newLeaf = async (authority: Credential) =>
  createLeaf(authority, { ...(await newRequest()), dnsNames: ['localhost'] })
const encode = (text: string) => Buffer.from(text).toString('base64')

/** As cert-manager writes a Certificate's Secret. */
async function store(leaf: Credential, authority: Credential): Promise<void> {
  const data = { 'tls.crt': encode(leaf.cert), 'tls.key': encode(leaf.key), 'ca.crt': encode(authority.cert) }
  const key = { namespace, name: 'tls' }
  const found = await api.get<Secret>(secret, key)
  if (found === undefined) await api.create<Secret>(secret, { metadata: key, type: 'kubernetes.io/tls', data })
  else await api.replace<Secret>(secret, { ...found, data })
}

/** As its CA injector does, somewhat later. */
async function inject(authority: Credential): Promise<void> {
  const found = await api.get<KubeObject>(validatingWebhookConfiguration, { name: namespace })
  if (found !== undefined) {
    const webhooks = renderWebhooks({ caBundle: encode(authority.cert) })
    await api.replace(validatingWebhookConfiguration, { ...found, webhooks } as KubeObject)
  }
}

function renderWebhooks(more: object) {
  const url = `https://localhost:${(server.address() as AddressInfo).port}/validate`
  const rule = { operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'] }
  return [
    {
      name: 'external.certificates.c8s.dev',
      admissionReviewVersions: ['v1'],
      clientConfig: { url, ...more },
      failurePolicy: 'Fail',
      sideEffects: 'None',
      timeoutSeconds: 5,
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
      rules: [rule],
    },
  ]
}

/** What the API server says to a write that asks the webhook; undefined where it trusts the certificate. */
function ask(): Promise<unknown> {
  return api.create<KubeObject>(configMap, { metadata: { namespace, generateName: 'asked-' } }, { dryRun: true }).then(
    () => undefined,
    (error: unknown) => error,
  )
}
const isTrusted = () => certificates.isTrusted()

it('serves what another keeps in a Secret, and is ready when the API server has been told to trust it', async () => {
  const [first, second] = [createAuthority(await newRequest()), createAuthority(await newRequest())]
  await api.create(validatingWebhookConfiguration, {
    metadata: { name: namespace },
    webhooks: renderWebhooks({}),
  } as KubeObject)
  await store(await newLeaf(first), first)
  expect(isTrusted()).toBe(false)
  await inject(first)
  await expect.poll(isTrusted, { timeout: 20_000 }).toBe(true)
  await expect.poll(ask, { timeout: 20_000 }).toBeUndefined()

  await store(await newLeaf(first), first)
  for (let i = 0; i < 10; i += 1) expect(await ask()).toBeUndefined()

  await store(await newLeaf(second), second)
  for (let i = 0; i < 10; i += 1) expect(await ask()).toBeUndefined()
  expect(isTrusted()).toBe(true)
  await inject(second)
  await expect.poll(ask, { timeout: 20_000 }).toBeUndefined()
  await expect.poll(isTrusted, { timeout: 20_000 }).toBe(true)
})
