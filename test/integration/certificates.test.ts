import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CertificateKeeper, createCertificateKeeper } from '../../certs/keeper.ts'
import type { CertificateAction } from '../../certs/policy.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject, ResourceType, Secret } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'

const { namespace: namespaces, secret, validatingWebhookConfiguration } = resourceTypes
const configMap: ResourceType = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }

/** Months in seconds: the CA rotates every 16 s, leaves every 6 s. */
const settings = { authorityMs: 24_000, leafMs: 8000, settleMs: 2000, clockSkewMs: 1000, checkMs: 500 }
const watchedMs = 45_000

let connection: KubeConnection
let api: KubeApi
let namespace: string

beforeAll(async () => {
  connection = await openConnection(process.env)
  api = createKubeClient(connection)
  const made = await api.create<KubeObject>(namespaces, { metadata: { generateName: 'c8s-certificates-' } })
  namespace = made.metadata.name ?? ''
})
afterAll(async () => {
  await api.remove(validatingWebhookConfiguration, { name: namespace })
  await api.remove(namespaces, { name: namespace })
  connection.close()
})

interface Replica {
  readonly keeper: CertificateKeeper
  readonly actions: CertificateAction[]
  readonly faults: unknown[]
  readonly port: number
  readonly server: Server
}

/** A webhook that allows everything, over TLS with its keeper's leaf, a new connection for each call. */
async function startReplica(): Promise<Replica> {
  const actions: CertificateAction[] = []
  const faults: unknown[] = []
  const keeper = createCertificateKeeper({
    client: api,
    clock: { now: () => Date.now() },
    timers: systemTimers,
    settings,
    secret: { namespace, name: 'ca' },
    configurations: { mutating: [], validating: [namespace] },
    dnsNames: ['localhost'],
    onAction: (action) => actions.push(action),
    onFault: (error) => faults.push(error),
  })
  const server = createServer((request, response) => void allow(request, response))
  keeper.onLeaf((leaf) => server.setSecureContext(leaf))
  keeper.start()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { keeper, actions, faults, port: (server.address() as AddressInfo).port, server }
}

async function allow(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) {
    chunks.push(chunk as Buffer)
  }
  const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }
  const answer = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }
  response.writeHead(200, { 'content-type': 'application/json', connection: 'close' })
  response.end(JSON.stringify({ ...answer, response: { uid: review.request.uid, allowed: true } }))
}

async function stopReplica({ keeper, server }: Replica): Promise<void> {
  await keeper.stop()
  server.closeAllConnections()
  server.close()
}

interface Configuration extends KubeObject {
  readonly webhooks: readonly { readonly clientConfig: { readonly url: string; readonly caBundle?: string } }[]
}

/** One webhook for each replica, so that each write asks both. */
function toConfiguration(replicas: readonly Replica[]): Configuration {
  const webhooks = replicas.map(({ port }, index) => ({
    name: `replica-${index}.certificates.c8s.dev`,
    admissionReviewVersions: ['v1'],
    clientConfig: { url: `https://localhost:${port}/validate` },
    failurePolicy: 'Fail',
    sideEffects: 'None',
    timeoutSeconds: 5,
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
  }))
  return { metadata: { name: namespace }, webhooks }
}

const readConfiguration = () => api.get<Configuration>(validatingWebhookConfiguration, { name: namespace })
const listAuthorities = (configuration: Configuration | undefined) =>
  (configuration?.webhooks ?? []).map(({ clientConfig }) => clientConfig.caBundle)

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function askOnce(): Promise<unknown> {
  const object: KubeObject = { metadata: { namespace, generateName: 'asked-' } }
  return api.create(configMap, object, { dryRun: true }).then(
    () => undefined,
    (error: unknown) => error,
  )
}

it('two replicas rotate their CA under load: no call fails, and what is lost or broken is healed', async () => {
  const replicas = await Promise.all([startReplica(), startReplica()])
  await api.create(validatingWebhookConfiguration, toConfiguration(replicas))
  await expect.poll(() => replicas.every(({ keeper }) => keeper.isTrusted()), { timeout: 20_000 }).toBe(true)
  await expect.poll(askOnce, { timeout: 20_000 }).toBeUndefined()

  const failures: unknown[] = []
  let calls = 0
  for (const until = Date.now() + watchedMs; Date.now() < until || calls <= 200; calls += 1) {
    if (calls === 100) {
      await api.remove(secret, { namespace, name: 'ca' })
    }
    const failure = await askOnce()
    if (failure !== undefined) {
      failures.push(failure)
    }
    await sleep(100)
  }
  expect(failures).toEqual([])

  const done = replicas.flatMap(({ actions }) => actions.map(({ kind }) => kind))
  const count = (kind: CertificateAction['kind']) => done.filter((one) => one === kind).length
  expect(count('promote-next')).toBeGreaterThanOrEqual(2)
  expect(count('drop-previous')).toBeGreaterThanOrEqual(1)
  expect(count('issue-leaf')).toBeGreaterThan(8)
  expect(replicas.flatMap(({ faults }) => faults)).toEqual([])

  const stored = await api.get<Secret>(secret, { namespace, name: 'ca' })
  await api.patch(secret, { namespace, name: 'ca' }, { data: { 'current.crt': 'bm9uc2Vuc2U=' } })
  const readCurrent = async () => (await api.get<Secret>(secret, { namespace, name: 'ca' }))?.data?.['current.crt']
  // The next one where its turn has come meanwhile; never one that is new.
  const known = [stored?.data?.['current.crt'], stored?.data?.['next.crt']].filter((one) => one !== undefined)
  await expect.poll(async () => known.includes((await readCurrent()) ?? ''), { timeout: 20_000 }).toBe(true)

  // What the patch answers is the loss itself: a call could meet the mended one, or the server's cache of the one before.
  const { webhooks } = toConfiguration(replicas)
  const lost = await api.patch<Configuration>(validatingWebhookConfiguration, { name: namespace }, { webhooks })
  expect(listAuthorities(lost)).toEqual([undefined, undefined])
  const isTrusted = async () => !listAuthorities(await readConfiguration()).includes(undefined)
  await expect.poll(isTrusted, { timeout: 20_000 }).toBe(true)
  await expect.poll(askOnce, { timeout: 20_000 }).toBeUndefined()
  await Promise.all(replicas.map(stopReplica))
}, 240_000)
