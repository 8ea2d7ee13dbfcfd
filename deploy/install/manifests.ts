import { certificatePermissions } from '../../certs/permissions.ts'
import { labels, systemNamespace } from '../../crds/labels.ts'
import { controllerPermissions } from '../../src/controller/permissions.ts'
import { forgePermissions } from '../../src/forge/permissions.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { serverPermissions } from '../../src/receiver/permissions.ts'
import { renderMutatingConfiguration, renderValidatingConfiguration } from '../../webhooks/configuration.ts'
import { admissionPermissions } from '../../webhooks/permissions.ts'
import { certManagerObjects, injectAuthority } from './cert-manager.ts'
import { renderAccount, renderAggregatedRoles } from './rbac.ts'
import { renderServerService, renderWebhookService } from './services.ts'
import { type Condition, completeSettings, fill, holds, textOf, value, when } from './slots.ts'
import type { InstallOverrides } from './values/values.ts'
import {
  deliveryPort,
  type ObjectTemplate,
  renderDeployment,
  renderDisruptionBudget,
  renderNetworkPolicy,
  type Workload,
  webhookPort,
} from './workloads.ts'

/** An object of the installation with slots for settings, and when it is part of it; always where there is no condition. */
export interface InstallObject {
  readonly object: ObjectTemplate
  readonly condition?: Condition
}

/** Every pod of ours meets restricted, so the namespace asks for it. */
function renderNamespace(): ObjectTemplate {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: systemNamespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
  }
}

function renderPriorityClass(): ObjectTemplate {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    // A name is a string in any case; the type cannot know of slots.
    metadata: { name: value('priorityClass.name') as unknown as string },
    value: value('priorityClass.value'),
    description: 'Pods of c8s itself, before the steps that it runs.',
  }
}

/** For the few files that git writes while it reads at one commit, or lists heads. */
const scratch = '512Mi'
const externalURL = { name: 'C8S_EXTERNAL_URL', value: textOf('externalURL') }
const whereSet = (name: string, path: string) => when(path, { name, value: textOf(path) })

const workloads: readonly Workload[] = [
  {
    role: 'admission',
    ports: { webhook: webhookPort },
    env: [
      { name: 'C8S_STRICT_REFERENCES', value: textOf('strictReferences') },
      whereSet('C8S_PRICE_CPU_HOUR', 'prices.cpuHour'),
      whereSet('C8S_PRICE_GIB_HOUR', 'prices.gibHour'),
      whereSet('C8S_PRICE_CURRENCY', 'prices.currency'),
      when('certManager.enabled', { name: 'C8S_CERTIFICATES', value: 'external' }),
    ],
  },
  {
    role: 'controller',
    ports: {},
    env: [externalURL, { name: 'C8S_POLL_INTERVAL', value: textOf('pollInterval') }],
    scratch,
  },
  {
    role: 'server',
    ports: { http: deliveryPort },
    env: [externalURL, { name: 'C8S_RATE_LIMIT', value: textOf('rateLimit') }],
    scratch,
  },
]

interface ConfigurationTemplate extends KubeObject {
  readonly webhooks: readonly object[]
}

/** caBundle is never part of it: the admission role writes it, or cert-manager. */
function withSettings(configuration: KubeObject): ObjectTemplate {
  const { metadata, webhooks, ...rest } = configuration as ConfigurationTemplate
  return {
    ...rest,
    metadata: {
      ...metadata,
      annotations: when('certManager.enabled', injectAuthority) as unknown as Record<string, string>,
    },
    webhooks: webhooks.map((webhook) => ({ ...webhook, timeoutSeconds: value('webhooks.timeoutSeconds') })),
  }
}

function markAsOurs({ object, ...rest }: InstallObject): InstallObject {
  const { metadata } = object
  return {
    ...rest,
    object: { ...object, metadata: { ...metadata, labels: { ...metadata.labels, [labels.partOf]: 'c8s' } } },
  }
}

const always = (objects: readonly KubeObject[]): readonly InstallObject[] =>
  objects.map((object) => ({ object: object as ObjectTemplate }))
const where = (path: string, objects: readonly ObjectTemplate[]): readonly InstallObject[] =>
  objects.map((object) => ({ object, condition: { all: [path] } }))

/**
 * Everything but the CRDs, in the order in which it is applied: what pods need comes before them, and the webhook
 * configurations come last, because from then on our kinds are refused until the pods answer.
 */
export function listInstallObjects(): readonly InstallObject[] {
  return [
    ...where('namespace.create', [renderNamespace()]),
    ...where('priorityClass.create', [renderPriorityClass()]),
    ...always(renderAccount('c8s-admission', [...admissionPermissions, ...certificatePermissions])),
    ...always(renderAccount('c8s-controller', [...controllerPermissions, ...forgePermissions])),
    ...always(renderAccount('c8s-server', serverPermissions)),
    ...always(renderAggregatedRoles()),
    ...always([renderWebhookService(), renderServerService()]),
    ...where('networkPolicies.enabled', workloads.map(renderNetworkPolicy)),
    ...certManagerObjects.map(([condition, object]) => ({ condition, object })),
    ...always(workloads.map(renderDeployment)),
    ...always(workloads.map(renderDisruptionBudget)),
    ...always([renderMutatingConfiguration(), renderValidatingConfiguration()].map(withSettings)),
  ].map(markAsOurs)
}

/** The objects of an installation as described by its values, but for what is given here. The namespace is among them. */
export function renderInstall(overrides: InstallOverrides = {}): readonly KubeObject[] {
  const settings = completeSettings({ namespace: { create: true }, ...overrides })
  return listInstallObjects()
    .filter(({ condition }) => condition === undefined || holds(condition, settings))
    .map(({ object }) => fill(object, settings) as KubeObject)
}
