import { certificatePermissions } from '../../certs/permissions.ts'
import { labels, systemNamespace } from '../../crds/labels.ts'
import { controllerPermissions } from '../../src/controller/permissions.ts'
import { forgePermissions } from '../../src/forge/permissions.ts'
import { defaultExternalURL } from '../../src/forge/register/external-url.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { serverPermissions } from '../../src/receiver/permissions.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import { renderAccount, renderAggregatedRoles } from './rbac.ts'
import {
  deliveryPort,
  renderDeployment,
  renderDisruptionBudget,
  renderServerService,
  renderWebhookService,
  type Workload,
  webhookPort,
} from './workloads.ts'

export interface InstallSettings {
  /** Image of c8s, with a tag or digest. */
  readonly image: string
  readonly replicas: number
  /** Where forges and people reach the server role; its Service in the cluster when left out. */
  readonly externalURL?: string
}

/** What install.yaml names; a release replaces the tag. */
export const releaseImage = 'ghcr.io/c8s-dev/c8s:v0.1.0'

/** Every pod of ours meets restricted, so the namespace asks for it. */
function renderNamespace(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: systemNamespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  }
}

/** For the few files that git writes while it reads at one commit, or lists heads. */
const scratch = '512Mi'

function planWorkloads({ image, replicas, externalURL = defaultExternalURL }: InstallSettings): readonly Workload[] {
  const memory = { request: '96Mi', limit: '256Mi' }
  const large = { ...memory, limit: '512Mi' }
  const env = { C8S_EXTERNAL_URL: externalURL }
  return [
    { role: 'admission', replicas, image, memory, ports: { webhook: webhookPort } },
    { role: 'controller', replicas, image, memory: large, ports: {}, env, scratch },
    // 65 MB at rest, 120 MB while deliveries come, 430 MB with four of the largest at once.
    {
      role: 'server',
      replicas,
      image,
      memory: { ...large, request: '128Mi' },
      ports: { http: deliveryPort },
      env,
      scratch,
    },
  ]
}

function markAsOurs(object: KubeObject): KubeObject {
  const { metadata } = object
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [labels.partOf]: 'c8s' } } }
}

/**
 * Everything but the CRDs, in the order in which it is applied: what pods need comes before them, and the webhook
 * configurations come last, because from then on our kinds are refused until the pods answer.
 */
export function renderInstall(settings: InstallSettings): readonly KubeObject[] {
  const workloads = planWorkloads(settings)
  return [
    renderNamespace(),
    ...renderAccount('c8s-admission', [...admissionPermissions, ...certificatePermissions]),
    ...renderAccount('c8s-controller', [...controllerPermissions, ...forgePermissions]),
    ...renderAccount('c8s-server', serverPermissions),
    ...renderAggregatedRoles(),
    renderWebhookService(),
    renderServerService(),
    ...workloads.map(renderDeployment),
    ...workloads.map(renderDisruptionBudget),
    renderMutatingConfiguration(),
    renderValidatingConfiguration(),
  ].map(markAsOurs)
}
