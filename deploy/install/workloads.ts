import { c8sUser, systemNamespace } from '../../crds/labels.ts'
import type { Container, KubeObject } from '../../src/lib/kubernetes.ts'

export interface Workload {
  /** The role of the program; the Deployment and its account are called c8s-<role>. */
  readonly role: string
  readonly replicas: number
  readonly image: string
  readonly memory: { readonly request: string; readonly limit: string }
  readonly ports: Readonly<Record<string, number>>
  readonly env?: Readonly<Record<string, string>>
  /** Size limit of its /tmp; without, nothing in the container can be written. */
  readonly scratch?: string
}

export const healthPort = 8080
export const webhookPort = 8443
export const deliveryPort = 8090
const selector = (role: string) => ({ 'app.kubernetes.io/name': 'c8s', 'app.kubernetes.io/component': role })

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
const probe = (path: string, periodSeconds: number) => ({
  httpGet: { path, port: 'health' },
  periodSeconds,
  timeoutSeconds: 3,
})

function renderContainer({ role, image, memory, ports, env = {}, scratch }: Workload) {
  const all = { ...ports, health: healthPort }
  return {
    name: role,
    image,
    command: ['node', '/app/c8s.mjs', role],
    env: [
      fromField('POD_NAME', 'metadata.name'),
      fromField('POD_NAMESPACE', 'metadata.namespace'),
      // What the webhooks inject is this very image, so an upgrade of the Deployment upgrades the injected containers.
      { name: 'C8S_IMAGE', value: image },
      // One arena, a small young generation, one helper thread: a fifth less memory at rest, no slower at this load. No
      // limit on the old generation: a burst of large objects must not end the process.
      { name: 'MALLOC_ARENA_MAX', value: '1' },
      { name: 'NODE_OPTIONS', value: '--max-semi-space-size=1 --v8-pool-size=1' },
      ...Object.entries(env).map(([name, value]) => ({ name, value })),
    ],
    ports: Object.entries(all).map(([name, containerPort]) => ({ name, containerPort })),
    readinessProbe: { ...probe('/readyz', 2), failureThreshold: 2 },
    livenessProbe: { ...probe('/healthz', 20), failureThreshold: 4 },
    startupProbe: { ...probe('/healthz', 1), failureThreshold: 60 },
    resources: {
      requests: { cpu: '50m', memory: memory.request },
      limits: { memory: memory.limit },
    },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    ...(scratch === undefined ? {} : { volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }] }),
  } satisfies Container & Record<string, unknown>
}

/** A Deployment that meets Pod Security restricted and spreads its replicas over nodes where there are several. */
export function renderDeployment(workload: Workload): KubeObject {
  const labels = selector(workload.role)
  const { scratch } = workload
  const template = {
    metadata: { labels },
    spec: {
      serviceAccountName: `c8s-${workload.role}`,
      automountServiceAccountToken: true,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: c8sUser,
        runAsGroup: c8sUser,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'ScheduleAnyway',
          labelSelector: { matchLabels: labels },
        },
      ],
      containers: [renderContainer(workload)],
      ...(scratch === undefined ? {} : { volumes: [{ name: 'tmp', emptyDir: { sizeLimit: scratch } }] }),
    },
  }
  const spec = {
    replicas: workload.replicas,
    revisionHistoryLimit: 2,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
    selector: { matchLabels: labels },
    template,
  }
  const metadata = { name: `c8s-${workload.role}`, namespace: systemNamespace }
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec } as KubeObject
}

/** Keeps one replica up while nodes are drained. */
export function renderDisruptionBudget({ role }: Workload): KubeObject {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: `c8s-${role}`, namespace: systemNamespace },
    spec: { maxUnavailable: 1, selector: { matchLabels: selector(role) } },
  } as KubeObject
}

/** The Service that the API server calls the webhooks through. */
export function renderWebhookService(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'c8s-admission', namespace: systemNamespace },
    spec: {
      selector: selector('admission'),
      // Both calls of a create should reach one replica: what the first one read spares the second its reads.
      sessionAffinity: 'ClientIP',
      ports: [{ name: 'webhook', port: 443, targetPort: 'webhook' }],
    },
  } as KubeObject
}

/** The Service that forges deliver through, by an Ingress or Gateway or from within the cluster. */
export function renderServerService(): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'c8s-server', namespace: systemNamespace },
    spec: { selector: selector('server'), ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
  } as KubeObject
}
