import { defaultExternalURL } from '../../../src/forge/register/external-url.ts'
import { choice, flag, group, list, map, number, type Overrides, type SettingsOf, text } from './describe.ts'
import { readDefaults } from './settings.ts'

const quantity = { type: ['string', 'number'] }
const amounts = { type: 'object', additionalProperties: quantity }
const resourcesSchema = { additionalProperties: false, properties: { requests: amounts, limits: amounts } }

/** What the Deployments set themselves; given twice, one of the two would win by chance, and a server-side apply is refused. */
const ownVariables =
  '^(POD_NAME|POD_NAMESPACE|MALLOC_ARENA_MAX|NODE_OPTIONS|C8S_(IMAGE|LOG_LEVEL|STRICT_REFERENCES|PRICE_.*|EXTERNAL_URL|POLL_INTERVAL|RATE_LIMIT|CERTIFICATES|.*PORT))$'
const variable = {
  type: 'object',
  required: ['name'],
  additionalProperties: false,
  properties: {
    name: { type: 'string', minLength: 1, not: { pattern: ownVariables } },
    value: { type: 'string' },
    valueFrom: { type: 'object' },
  },
}

interface RoleDefaults {
  readonly what: string
  readonly memory: string
  readonly limit: string
}

const describeRole = ({ what, memory, limit }: RoleDefaults) => ({
  replicas: number('How many pods.', 2, { minimum: 1 }),
  resources: map(
    'Requests and limits of its container.',
    { requests: { cpu: '50m', memory }, limits: { memory: limit } },
    resourcesSchema,
  ),
  env: list(`More environment variables of ${what}, as a container has them.`, variable),
})

/** Everything that can be set about an installation: of this come values.yaml, its schema and the table in the docs. */
export const installValues = {
  image: group('The image of all pods of c8s, also injected into steps. Every node that runs steps pulls it.', {
    repository: text('Name with registry.', 'ghcr.io/c8s-dev/c8s', { pattern: '^([^\\s@/]+/)*[^\\s@/:]+$' }),
    tag: text('Tag; not looked at where there is a digest.', 'v0.1.0', { pattern: '^[\\w][\\w.-]{0,127}$' }),
    digest: text('`sha256:…` pins the image.', '', { pattern: '^(sha256:[0-9a-f]{64})?$' }),
  }),
  imagePullSecrets: list('Secrets in `c8s-system` to pull it with: `- name: …`.', {
    type: 'object',
    required: ['name'],
    additionalProperties: false,
    properties: { name: { type: 'string' } },
  }),
  externalURL: text('Where forges and people reach c8s-server.', defaultExternalURL, {
    pattern: '^https?://[^\\s@?#]+$',
  }),
  logLevel: choice('How much is logged.', 'info', ['debug', 'info', 'warn', 'error']),
  strictReferences: flag('Refuse configs and connections that name a missing Secret or config; else a warning.', false),
  pollInterval: text('How often heads are compared where a connection does not say; `0s` for never.', '5m', {
    pattern: '^([0-9]+h)?([0-9]+m)?([0-9]+s)?$',
    minLength: 2,
  }),
  rateLimit: text('Deliveries of one repository a second, and at once: ten times as many where left out.', '200/2000', {
    pattern: '^[1-9][0-9]{0,5}(/[1-9][0-9]{0,6})?$',
  }),
  prices: group('What a dry run reckons with; 0 for none.', {
    cpuHour: number('One CPU for an hour.', 0, { type: 'number', minimum: 0 }),
    gibHour: number('One GiB of memory for an hour.', 0, { type: 'number', minimum: 0 }),
    currency: text('Written behind sums.', '', { maxLength: 16 }),
  }),
  admission: group('The webhooks.', describeRole({ what: 'c8s-admission', memory: '96Mi', limit: '256Mi' })),
  controller: group(
    'Creates Jobs and writes status; one replica leads.',
    describeRole({ what: 'c8s-controller', memory: '96Mi', limit: '512Mi' }),
  ),
  server: group('Takes deliveries of forges.', describeRole({ what: 'c8s-server', memory: '128Mi', limit: '512Mi' })),
  webhooks: group('The webhook configurations.', {
    timeoutSeconds: number('How long the API server waits for an answer; reads behind it take 2 s at most.', 5, {
      minimum: 3,
      maximum: 30,
    }),
  }),
  certManager: group('Certificates of the webhooks from cert-manager, in place of those that c8s makes.', {
    enabled: flag('Needs cert-manager with its CA injector.', false),
    issuerRef: map(
      'Who signs: `name`, `kind`, `group`. Empty: a CA made for c8s alone.',
      {},
      {
        additionalProperties: false,
        properties: { name: { type: 'string' }, kind: { type: 'string' }, group: { type: 'string' } },
        anyOf: [{ maxProperties: 0 }, { required: ['name'] }],
      },
    ),
  }),
  networkPolicies: group('What may reach the pods of c8s, where the network knows NetworkPolicies.', {
    enabled: flag('Let in only calls of webhooks, deliveries, probes and metrics.', true),
    admissionEgress: list('Egress rules of c8s-admission, which needs the API server alone. Empty: everything.', {
      type: 'object',
    }),
  }),
  priorityClass: group(
    'Who goes first where nodes are full.',
    {
      name: text('PriorityClass of all pods of c8s. Empty: that of the cluster.', '', {
        pattern: '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$',
      }),
      create: flag('Make a PriorityClass of that name.', false),
      value: number('Its value.', 1_000_000, { minimum: 1, maximum: 1_000_000_000 }),
    },
    { anyOf: [{ properties: { create: { const: false } } }, { properties: { name: { minLength: 1 } } }] },
  ),
  spread: choice('Replicas on different nodes: a wish, or a condition.', 'ScheduleAnyway', [
    'ScheduleAnyway',
    'DoNotSchedule',
  ]),
  nodeSelector: map(
    'Nodes for the pods of c8s.',
    { 'kubernetes.io/os': 'linux' },
    {
      additionalProperties: { type: 'string' },
    },
  ),
  tolerations: list('Taints that they tolerate.', { type: 'object' }),
  affinity: map('More about where they go.'),
  namespace: group('The namespace is always `c8s-system`.', {
    create: flag(
      'Render it, too. For install.yaml and `helm template`; `helm install` takes `--create-namespace`.',
      false,
    ),
  }),
  crds: group('The CustomResourceDefinitions.', {
    install: flag('Install and upgrade them with the chart. They stay when it is uninstalled.', true),
  }),
} as const

export type InstallSettings = SettingsOf<typeof installValues>
export type InstallOverrides = Overrides<InstallSettings>

export const defaultSettings = readDefaults(installValues) as InstallSettings
