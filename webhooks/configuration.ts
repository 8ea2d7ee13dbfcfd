import { controllerUser, labels, systemNamespace } from '../crds/labels.ts'
import type { KubeObject } from '../src/lib/kubernetes.ts'

/** Names that `kubectl get` shows, and the paths and Service behind them. Public: see docs/design.md. */
export const webhookNames = {
  mutatingConfiguration: 'c8s',
  validatingConfiguration: 'c8s',
  service: 'c8s-admission',
} as const

const version = 'admissionregistration.k8s.io/v1'

/** Seconds; the reads behind an answer take 1 s at most. */
const timeoutSeconds = 5

/** A label tenants cannot change, unlike all others of a namespace. */
const namespaceSelector = {
  matchExpressions: [
    {
      key: 'kubernetes.io/metadata.name',
      operator: 'NotIn',
      values: ['kube-system', 'kube-public', 'kube-node-lease', systemNamespace],
    },
  ],
} as const

interface WebhookRule {
  readonly apiGroups: readonly string[]
  readonly apiVersions: readonly string[]
  readonly operations: readonly string[]
  readonly resources: readonly string[]
}

interface MatchCondition {
  readonly name: string
  readonly expression: string
}

interface Webhook {
  readonly name: string
  readonly path: '/mutate' | '/validate'
  readonly rules: readonly WebhookRule[]
  readonly objectSelector?: object
  readonly matchConditions: readonly MatchCondition[]
}

const writes = ['CREATE', 'UPDATE'] as const
const ownRule = (resources: readonly string[], operations: readonly string[] = writes): WebhookRule => ({
  apiGroups: ['c8s.dev'],
  apiVersions: ['v1alpha1'],
  operations,
  resources,
})
const jobRule = (operations: readonly string[]): WebhookRule => ({
  apiGroups: ['batch'],
  apiVersions: ['v1'],
  operations,
  resources: ['jobs'],
})

const ownKinds = ['pipelineconfigs', 'pipelineruns', 'repositoryconnections']
const labelledJobs = { matchExpressions: [{ key: labels.jobType, operator: 'Exists' }] } as const

/** An object on its way out is let go without asking, so that finalizers can be taken away while c8s is down. */
const notEnding: MatchCondition = {
  name: 'not-being-deleted',
  expression: 'oldObject == null || !has(oldObject.metadata.deletionTimestamp)',
}
/** The controller writes status often, and nobody else may: only the others are asked about. */
const notController: MatchCondition = {
  name: 'not-the-controller',
  expression: `request.userInfo.username != '${controllerUser}'`,
}
const specChanged = '!has(object.spec) || !has(oldObject.spec) || object.spec != oldObject.spec'
const mapOf = (path: string) => `(has(${path}) ? ${path} : {})`
const differs = (field: string) => `${mapOf(`object.metadata.${field}`)} != ${mapOf(`oldObject.metadata.${field}`)}`

/** Status and bookkeeping are written often; only a change of what is judged is asked about. */
const newSpec: MatchCondition = { name: 'spec-changed', expression: `oldObject == null || ${specChanged}` }
const newSpecOrMarks: MatchCondition = {
  name: 'spec-or-marks-changed',
  expression: `oldObject == null || ${specChanged} || ${differs('labels')} || ${differs('annotations')}`,
}

const mutating: readonly Webhook[] = [
  {
    name: 'mutate.c8s.dev',
    path: '/mutate',
    rules: [ownRule(['pipelineconfigs', 'pipelineruns'])],
    matchConditions: [notEnding, newSpecOrMarks],
  },
  {
    name: 'inject.c8s.dev',
    path: '/mutate',
    rules: [jobRule(['CREATE'])],
    objectSelector: labelledJobs,
    matchConditions: [],
  },
]

const validating: readonly Webhook[] = [
  {
    name: 'validate.c8s.dev',
    path: '/validate',
    rules: [ownRule(ownKinds)],
    matchConditions: [notEnding, newSpec],
  },
  {
    name: 'status.c8s.dev',
    path: '/validate',
    rules: [
      ownRule(
        ownKinds.map((kind) => `${kind}/status`),
        ['UPDATE'],
      ),
    ],
    matchConditions: [notController],
  },
  {
    name: 'jobs.c8s.dev',
    path: '/validate',
    rules: [jobRule(writes)],
    objectSelector: labelledJobs,
    matchConditions: [notEnding],
  },
]

function renderWebhook({ name, path, rules, objectSelector = {}, matchConditions }: Webhook) {
  return {
    name,
    admissionReviewVersions: ['v1'],
    // caBundle is written by the admission role, which owns the certificate.
    clientConfig: { service: { name: webhookNames.service, namespace: systemNamespace, path, port: 443 } },
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    timeoutSeconds,
    namespaceSelector,
    objectSelector,
    rules: rules.map((rule) => ({ ...rule, scope: 'Namespaced' })),
    ...(matchConditions.length === 0 ? {} : { matchConditions }),
  }
}

/** Every field is given, also where it is the default: GitOps tools would show the difference for ever. */
export function renderMutatingConfiguration(): KubeObject {
  const webhooks = mutating.map((webhook) => ({ ...renderWebhook(webhook), reinvocationPolicy: 'IfNeeded' }))
  return renderConfiguration('MutatingWebhookConfiguration', webhookNames.mutatingConfiguration, webhooks)
}

export function renderValidatingConfiguration(): KubeObject {
  return renderConfiguration(
    'ValidatingWebhookConfiguration',
    webhookNames.validatingConfiguration,
    validating.map(renderWebhook),
  )
}

function renderConfiguration(kind: string, name: string, webhooks: readonly object[]): KubeObject {
  const metadata = { name, labels: { [labels.partOf]: 'c8s' } }
  return { apiVersion: version, kind, metadata, webhooks } as KubeObject
}
