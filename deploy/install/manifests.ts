import { certificatePermissions } from '../../certs/permissions.ts'
import { labels, systemNamespace } from '../../crds/labels.ts'
import { controllerPermissions } from '../../src/controller/permissions.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import { renderAccount, renderAggregatedRoles } from './rbac.ts'
import {
  renderDeployment,
  renderDisruptionBudget,
  renderWebhookService,
  type Workload,
  webhookPort,
} from './workloads.ts'

export interface InstallSettings {
  /** Image of c8s, with a tag or digest. */
  readonly image: string
  readonly replicas: number
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

function planWorkloads({ image, replicas }: InstallSettings): readonly Workload[] {
  const memory = { request: '96Mi', limit: '256Mi' }
  return [
    { role: 'admission', replicas, image, memory, ports: { webhook: webhookPort } },
    { role: 'controller', replicas, image, memory: { ...memory, limit: '512Mi' }, ports: {} },
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
    ...renderAccount('c8s-controller', controllerPermissions),
    ...renderAggregatedRoles(),
    renderWebhookService(),
    ...workloads.map(renderDeployment),
    ...workloads.map(renderDisruptionBudget),
    renderMutatingConfiguration(),
    renderValidatingConfiguration(),
  ].map(markAsOurs)
}
