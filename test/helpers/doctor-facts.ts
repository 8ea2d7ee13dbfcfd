import { createAuthority, generateKeys } from '../../certs/pki.ts'
import type {
  Definition,
  DoctorFacts,
  PolicyObject,
  Reading,
  WebhookConfiguration,
} from '../../src/cli/doctor/facts.ts'

export const now = Date.parse('2026-11-21T12:00:00Z')
export const dayMs = 86_400_000
const keys = await generateKeys()
export const makeBundle = (notAfter: number, notBefore = now - 300 * dayMs) =>
  Buffer.from(createAuthority({ keys, serial: new Uint8Array(16).fill(1), notBefore, notAfter }).cert).toString(
    'base64',
  )
export const bundle = makeBundle(now + 200 * dayMs)

export const webhook = {
  name: 'inject.c8s.dev',
  failurePolicy: 'Fail',
  clientConfig: { service: { name: 'c8s-admission' } },
}
export const mutating: WebhookConfiguration = {
  kind: 'MutatingWebhookConfiguration',
  metadata: { name: 'c8s' },
  webhooks: [webhook],
}
export const stored = (change: object = {}, caBundle = bundle): WebhookConfiguration => ({
  ...mutating,
  webhooks: [
    { ...webhook, clientConfig: { ...webhook.clientConfig, caBundle }, timeoutSeconds: 5, ...change } as typeof webhook,
  ],
})
export const definition: Definition = {
  metadata: { name: 'pipelineruns.c8s.dev' },
  spec: {
    group: 'c8s.dev',
    names: { kind: 'PipelineRun', plural: 'pipelineruns', shortNames: ['pr', 'c8spr'] },
    versions: [{ name: 'v1alpha1', schema: { type: 'object', description: 'a' } }],
  },
}
/** What older servers are given: the same with rules. */
export const olderDefinition: Definition = {
  ...definition,
  spec: { ...definition.spec, versions: [{ name: 'v1alpha1', schema: { type: 'object', description: 'b' } }] },
}
export const policy: PolicyObject = {
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: 'c8s-run-changes' },
  spec: { failurePolicy: 'Fail', validations: [{ expression: 'true' }] },
}
export const policyBinding: PolicyObject = {
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: 'c8s-run-changes' },
  spec: { policyName: 'c8s-run-changes', validationActions: ['Deny'] },
}
export const right = { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'patch'], why: 'run steps' }
const ownSecret = {
  apiGroups: [''],
  resources: ['secrets'],
  verbs: ['get'],
  resourceNames: ['ca'],
  namespace: 'c8s-system',
  why: 'sign',
}
const account = { kind: 'ServiceAccount', name: 'c8s-controller', namespace: 'c8s-system' }
const bind = (kind: string) => ({ metadata: { name: 'c8s' }, roleRef: { kind, name: 'c8s' }, subjects: [account] })
export const rbac = {
  clusterRoles: [{ metadata: { name: 'c8s' }, rules: [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['*'] }] }],
  clusterRoleBindings: [bind('ClusterRole')],
  roles: [
    {
      metadata: { name: 'c8s' },
      rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['ca', 'b'] }],
    },
  ],
  roleBindings: [bind('Role')],
}
export const deployment = (name: string, status: object = {}, { image = 'c8s:1', replicas = 2 } = {}) => ({
  metadata: { name },
  spec: { replicas, template: { spec: { containers: [{ image }] } } },
  status: { availableReplicas: 2, updatedReplicas: 2, replicas: 2, ...status },
})
export const roles = ['c8s-admission', 'c8s-controller', 'c8s-server'] as const
export const lease = {
  metadata: { name: 'c8s-controller' },
  spec: { holderIdentity: 'c8s-controller-a_1', renewTime: '2026-11-21T11:59:58Z', leaseDurationSeconds: 15 },
}
export const value = <T>(of: T): Reading<T> => ({ value: of })

/** What the API server says of a trial where it does not trust the webhooks. */
export const failedToTrust = value({
  refusal:
    'Internal error occurred: failed calling webhook "mutate.c8s.dev": failed to call webhook: Post "https://c8s-admission.c8s-system.svc:443/mutate": tls: failed to verify certificate: x509: certificate signed by unknown authority',
})

/** What is read of an installation in which all is well. */
export const healthy: DoctorFacts = {
  expected: {
    configurations: [mutating],
    definitions: [definition],
    olderDefinitions: [olderDefinition],
    runPolicy: [policy, policyBinding],
    rights: { 'c8s-controller': [right, ownSecret] },
    systemNamespace: 'c8s-system',
    lease: 'c8s-controller',
  },
  server: value({ gitVersion: 'v1.34.4', date: now, askedAt: now + 900 }),
  configurations: value([stored()]),
  probe: value({ isStamped: true }),
  definitions: value([definition]),
  runPolicy: value([{ ...policy, spec: { ...policy.spec, added: 1 } }, policyBinding]),
  issuedCertificate: value(undefined),
  rbac: value(rbac),
  deployments: value(roles.map((name) => deployment(name))),
  lease: value(lease),
  nodeLeases: value([]),
  storageClasses: value([]),
  configs: value([]),
  runs: value([]),
  connections: value([]),
  namespaces: value([]),
  policies: value([]),
  quotas: value([]),
  jobs: value([]),
  pods: value([]),
}
