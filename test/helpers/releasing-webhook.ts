import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createAuthority, createLeaf, generateKeys } from '../../certs/pki.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { Job, KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { renderMutatingConfiguration } from '../../webhooks/configuration.ts'
import { releaseJob } from '../../webhooks/mutate/release-job.ts'

interface Review {
  readonly request: { readonly uid: string; readonly object: Job }
}

/** Lets the controller's Jobs go and injects nothing, for tests in which the controller is a process and pods are played. */
export async function startReleasingWebhook(api: KubeApi): Promise<{ stop(): Promise<void> }> {
  const { leaf, caBundle } = await makeCertificate()
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (request, response) => {
    void text(request).then((body) => response.end(answer(JSON.parse(body) as Review)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await api.create(resourceTypes.mutatingWebhookConfiguration, renderConfiguration(port, caBundle))
  return {
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function makeCertificate() {
  const keys = await generateKeys()
  const notBefore = Date.now() - 60_000
  const request = () => ({
    keys,
    serial: Uint8Array.of(1, ...randomBytes(15)),
    notBefore,
    notAfter: notBefore + 3_600_000,
  })
  const authority = createAuthority(request())
  const leaf = createLeaf(authority, { ...request(), dnsNames: ['localhost'] })
  return { leaf, caBundle: Buffer.from(authority.cert).toString('base64') }
}

function answer({ request: { uid, object } }: Review): string {
  const { metadata, spec } = releaseJob(object)
  const patch = [
    { op: 'replace', path: '/metadata', value: metadata },
    { op: 'replace', path: '/spec', value: spec },
  ]
  const response = {
    uid,
    allowed: true,
    patchType: 'JSONPatch',
    patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
  }
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response })
}

interface Webhook {
  readonly name: string
}

function renderConfiguration(port: number, caBundle: string): KubeObject {
  const rendered = renderMutatingConfiguration() as KubeObject & { readonly webhooks: readonly Webhook[] }
  const inject = rendered.webhooks.filter(({ name }) => name === 'inject.c8s.dev')
  const clientConfig = { url: `https://localhost:${port}/`, caBundle }
  return { ...rendered, webhooks: inject.map((webhook) => ({ ...webhook, clientConfig })) } as KubeObject
}
