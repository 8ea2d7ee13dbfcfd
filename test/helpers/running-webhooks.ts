import { randomBytes } from 'node:crypto'
import { createAuthority, createLeaf, generateKeys } from '../../certs/pki.ts'
import type { PipelineConfig } from '../../crds/kinds.ts'
import { annotations } from '../../crds/labels.ts'
import { createNearObjects } from '../../src/bin/near-objects.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import type { KubeConnection } from '../../src/kube/connection.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { type RunningAdmission, runAdmission } from '../../webhooks/role.ts'
import { someSettings } from './admission.ts'
import { aConfig, aPipeline } from './admission-objects.ts'
import type { ApiServerOptions } from './api-server.ts'
import { eventually } from './eventually.ts'
import { type ServedKinds, serveKinds } from './served-kinds.ts'

const configurations = [
  { type: resourceTypes.mutatingWebhookConfiguration, render: renderMutatingConfiguration },
  { type: resourceTypes.validatingWebhookConfiguration, render: renderValidatingConfiguration },
]

export interface RunningWebhooks {
  readonly namespace: string
  readonly admin: KubeApi
  /** What went wrong in them. */
  readonly faults: readonly unknown[]
  /** As somebody else, with the rights of an admin: what is refused is refused by the webhooks, not by RBAC. */
  impersonate(user: string): KubeApi
  stop(): Promise<void>
}

/** The webhooks of this process, asked by a real API server for the objects of one new namespace. */
export async function startWebhooks(connection: KubeConnection): Promise<RunningWebhooks> {
  const admin = createKubeClient(connection)
  const made = await admin.create<KubeObject>(resourceTypes.namespace, { metadata: { generateName: 'c8s-webhooks-' } })
  const namespace = made.metadata.name ?? ''
  const faults: unknown[] = []
  const watched = createNearObjects({ source: admin, timers: systemTimers, onFault: (error) => faults.push(error) })
  watched.start()
  const { role, caBundle } = await startRole(admin, watched.near, faults)
  const place = { namespace, caBundle, port: await role.webhookPort }
  for (const { type, render } of configurations) await admin.create(type, placeWebhooks(render(), place))
  const impersonate = (user: string) => createKubeClient(asUser(connection, user))
  await waitForWebhooks(impersonate('dev'), namespace)
  return {
    namespace,
    admin,
    faults,
    impersonate,
    stop: async () => {
      for (const { type } of configurations) await admin.remove(type, { name: namespace })
      await role.stop()
      await watched.stop()
      await admin.remove(resourceTypes.namespace, { name: namespace })
    },
  }
}

export type ServedWebhooks = RunningWebhooks & Pick<ServedKinds, 'server' | 'connection'>

/** The same on an API server of its own, with our kinds in it. */
export async function serveWebhooks(options: ApiServerOptions = {}): Promise<ServedWebhooks> {
  const { server, connection, stop } = await serveKinds({ server: options })
  const webhooks = await startWebhooks(connection)
  return {
    ...webhooks,
    server,
    connection,
    stop: async () => {
      await webhooks.stop()
      await stop()
    },
  }
}

function asUser(connection: KubeConnection, user: string): KubeConnection {
  const headers = { 'impersonate-user': user, 'impersonate-group': 'system:masters' }
  return {
    ...connection,
    send: (request) => connection.send({ ...request, headers: { ...request.headers, ...headers } }),
  }
}

type Near = ReturnType<typeof createNearObjects>['near']

async function startRole(admin: KubeApi, near: Near, faults: unknown[]) {
  const keys = await generateKeys()
  const notBefore = Date.now() - 60_000
  const request = () => {
    const serial = Uint8Array.of(1, ...randomBytes(15))
    return { keys, serial, notBefore, notAfter: notBefore + 3_600_000 }
  }
  const authority = createAuthority(request())
  const leaf = createLeaf(authority, { ...request(), dnsNames: ['localhost'] })
  const role: RunningAdmission = await runAdmission({
    source: admin,
    near,
    certificates: { onLeaf: (listener) => listener(leaf), isTrusted: () => true },
    clock: systemClock,
    log: { info: () => undefined, error: (fields) => faults.push(fields) },
    settings: someSettings,
    webhookPort: 0,
    healthPort: 0,
    drainMs: 0,
    // Still below the webhooks' timeout: what these tests ask many times at once measures no time.
    readBudgetMs: 4000,
  })
  return { role, caBundle: Buffer.from(authority.cert).toString('base64') }
}

interface Webhook {
  readonly clientConfig: { readonly service: { readonly path: string } }
}

interface Place {
  readonly namespace: string
  readonly port: number
  readonly caBundle: string
}

/** The configuration as it is installed, but for the address, and for one namespace alone. */
function placeWebhooks(configuration: KubeObject, { namespace, port, caBundle }: Place): KubeObject {
  const { webhooks } = configuration as KubeObject & { readonly webhooks: readonly Webhook[] }
  const placed = webhooks.map((webhook) => ({
    ...webhook,
    clientConfig: { url: `https://localhost:${port}${webhook.clientConfig.service.path}`, caBundle },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  }))
  return { ...configuration, metadata: { name: namespace }, webhooks: placed } as KubeObject
}

/** The API server takes a moment to learn of its webhooks, and learns of each configuration by itself. */
export async function waitForWebhooks(dev: KubeApi, namespace: string): Promise<void> {
  const good: PipelineConfig = { ...aConfig(), metadata: { name: 'probe', namespace } }
  const steps = [{ name: 'a', image: 'i', commands: ['c'], dependsOn: ['a'] }]
  const ask = (spec = aPipeline()) => dev.create(resourceTypes.pipelineConfig, { ...good, spec }, { dryRun: true })
  const isMutated = async () => (await ask()).metadata.annotations?.[annotations.author] !== undefined
  const isRefused = () =>
    ask(aPipeline({ steps })).then(
      () => false,
      (error: unknown) => error instanceof KubeError && error.detail.includes('"validate.c8s.dev" denied'),
    )
  const isAsked = async () => ((await isMutated()) && (await isRefused())) || undefined
  await eventually('the first question to both webhooks', isAsked, 30)
}
