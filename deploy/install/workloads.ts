import { c8sUser, systemNamespace } from '../../crds/labels.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { image, optional, type Slot, textOf, value, when } from './slots.ts'

/** An object with slots in it. */
export type ObjectTemplate = KubeObject & Readonly<Record<string, unknown>>

export interface Workload {
  /** The role of the program and of its settings; the Deployment and its account are called c8s-<role>. */
  readonly role: 'admission' | 'controller' | 'server'
  readonly ports: Readonly<Record<string, number>>
  readonly env: readonly (Slot | { readonly name: string; readonly value: unknown })[]
  /** Size limit of its /tmp; without, nothing in the container can be written. */
  readonly scratch?: string
}

export const healthPort = 8080
export const webhookPort = 8443
export const deliveryPort = 8090
export const selector = (role: string) => ({ 'app.kubernetes.io/name': 'c8s', 'app.kubernetes.io/component': role })

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
const probe = (path: string, periodSeconds: number) => ({
  httpGet: { path, port: 'health' },
  periodSeconds,
  timeoutSeconds: 3,
})

/** Variables of every role. */
const sharedEnv = [
  fromField('POD_NAME', 'metadata.name'),
  fromField('POD_NAMESPACE', 'metadata.namespace'),
  // What the webhooks inject is this very image, so an upgrade of the Deployment upgrades the injected containers.
  { name: 'C8S_IMAGE', value: image },
  // One arena, a small young generation, one helper thread: a fifth less memory at rest, no slower at this load. No
  // limit on the old generation: a burst of large objects must not end the process.
  { name: 'MALLOC_ARENA_MAX', value: '1' },
  { name: 'NODE_OPTIONS', value: '--max-semi-space-size=1 --v8-pool-size=1' },
  { name: 'C8S_LOG_LEVEL', value: textOf('logLevel') },
]

function renderContainer({ role, ports, env, scratch }: Workload) {
  const all = { ...ports, health: healthPort }
  return {
    name: role,
    image,
    command: ['node', '/app/c8s.mjs', role],
    env: [...sharedEnv, ...env, optional(`${role}.env`)],
    ports: Object.entries(all).map(([name, containerPort]) => ({ name, containerPort })),
    readinessProbe: { ...probe('/readyz', 2), failureThreshold: 2 },
    livenessProbe: { ...probe('/healthz', 20), failureThreshold: 4 },
    startupProbe: { ...probe('/healthz', 1), failureThreshold: 60 },
    resources: value(`${role}.resources`),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    ...(scratch === undefined ? {} : { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }),
  }
}

/** Of the pods of one rollout: those that it replaces are on their way out. */
const spreadOver = (topologyKey: string, labels: object, whenUnsatisfiable: unknown) => ({
  maxSkew: 1,
  topologyKey,
  whenUnsatisfiable,
  labelSelector: { matchLabels: labels },
  matchLabelKeys: ['pod-template-hash'],
})

function renderPodSpec(workload: Workload) {
  const { role, scratch } = workload
  const labels = selector(role)
  return {
    serviceAccountName: `c8s-${role}`,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    priorityClassName: optional('priorityClass.name'),
    imagePullSecrets: optional('imagePullSecrets'),
    nodeSelector: optional('nodeSelector'),
    tolerations: optional('tolerations'),
    affinity: optional('affinity'),
    securityContext: {
      runAsNonRoot: true,
      runAsUser: c8sUser,
      runAsGroup: c8sUser,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      spreadOver('kubernetes.io/hostname', labels, value('spread')),
      spreadOver('topology.kubernetes.io/zone', labels, 'ScheduleAnyway'),
    ],
    containers: [renderContainer(workload)],
    ...(scratch === undefined ? {} : { volumes: [{ name: 'tmp', emptyDir: { sizeLimit: scratch } }] }),
  }
}

/** A Deployment that meets Pod Security restricted and spreads its replicas over nodes where there are several. */
export function renderDeployment(workload: Workload): ObjectTemplate {
  const labels = selector(workload.role)
  const spec = {
    replicas: value(`${workload.role}.replicas`),
    revisionHistoryLimit: 2,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: renderPodSpec(workload) },
  }
  const metadata = { name: `c8s-${workload.role}`, namespace: systemNamespace }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec }
}

/** Keeps all but one replica up while nodes are drained; a single one may go. */
export function renderDisruptionBudget({ role }: Workload): ObjectTemplate {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: `c8s-${role}`, namespace: systemNamespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: selector(role) } },
  }
}

/**
 * Lets in what comes to the ports of the container, from anywhere: API servers and kubelets have no pod identity, metrics are
 * read from who knows where. Nothing else may come. The admission role alone knows whom it calls.
 */
export function renderNetworkPolicy({ role, ports }: Workload): ObjectTemplate {
  const open = [...Object.values(ports), healthPort].map((port) => ({ protocol: 'TCP', port }))
  const isLimited = role === 'admission'
  const egress = 'networkPolicies.admissionEgress'
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `c8s-${role}`, namespace: systemNamespace },
    spec: {
      podSelector: { matchLabels: selector(role) },
      policyTypes: ['Ingress', ...(isLimited ? [when(egress, 'Egress')] : [])],
      ingress: [{ ports: open }],
      ...(isLimited ? { egress: optional(egress) } : {}),
    },
  }
}
