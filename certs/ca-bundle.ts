import type { KubeClient, KubeReader } from '../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../src/lib/kubernetes.ts'
import { resourceTypes } from '../src/lib/resource-types.ts'
import { type ParsedCertificate, parseBundle } from './pki.ts'
import type { BundleView } from './policy.ts'

/** The part of a webhook configuration that is ours to write. */
interface WebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[]
}

/** Names of the configurations whose bundles are kept. */
export interface ConfigurationNames {
  readonly mutating: readonly string[]
  readonly validating: readonly string[]
}

interface FoundConfiguration {
  readonly type: ResourceType
  readonly object: WebhookConfiguration
}

export interface FoundBundles {
  readonly configurations: readonly FoundConfiguration[]
  readonly views: readonly BundleView[]
  readonly certificates: readonly ParsedCertificate[]
  /** PEM, of each webhook. */
  readonly texts: readonly string[]
}

export interface BundleChange {
  /** Of BundleView. */
  readonly id: string
  /** What the bundle is to hold, as one PEM text. */
  readonly pem: string
}

/** The bundles of the configurations that exist; one that was removed is nobody's to make anew. */
export async function readBundles(client: KubeReader, names: ConfigurationNames): Promise<FoundBundles> {
  const wanted = [
    ...names.mutating.map((name) => ({ name, type: resourceTypes.mutatingWebhookConfiguration })),
    ...names.validating.map((name) => ({ name, type: resourceTypes.validatingWebhookConfiguration })),
  ]
  const found = await Promise.all(
    wanted.map(async ({ name, type }) => {
      const object = await client.get<WebhookConfiguration>(type, { name })
      return object === undefined ? [] : [{ type, object }]
    }),
  )
  const configurations = found.flat()
  const parsed = configurations.flatMap((configuration) =>
    (configuration.object.webhooks ?? []).map((webhook, index) => {
      const text = Buffer.from(webhook.clientConfig.caBundle ?? '', 'base64').toString('utf8')
      return { id: toId(configuration, index), text, certificates: parseBundle(text) }
    }),
  )
  return {
    configurations,
    views: parsed.map(({ id, certificates }) => ({
      id,
      certificates: (certificates ?? []).map(({ view }) => view),
      isWellFormed: certificates !== undefined,
    })),
    certificates: parsed.flatMap(({ certificates }) => certificates ?? []),
    texts: parsed.map(({ text }) => text),
  }
}

/** One write for each configuration; the resourceVersion that was read is the precondition. */
export async function writeBundles(
  client: KubeClient,
  found: FoundBundles,
  changes: readonly BundleChange[],
): Promise<void> {
  for (const configuration of found.configurations) {
    const webhooks = (configuration.object.webhooks ?? []).map((webhook, index) => {
      const change = changes.find(({ id }) => id === toId(configuration, index))
      const caBundle = change && Buffer.from(change.pem).toString('base64')
      return caBundle === undefined ? webhook : { ...webhook, clientConfig: { ...webhook.clientConfig, caBundle } }
    })
    if (webhooks.some((webhook, index) => webhook !== configuration.object.webhooks?.[index])) {
      await client.replace(configuration.type, { ...configuration.object, webhooks })
    }
  }
}

function toId({ type, object }: FoundConfiguration, index: number): string {
  return `${type.plural}/${object.metadata.name ?? ''}/${index}`
}
