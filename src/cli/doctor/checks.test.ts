import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import {
  bundle,
  dayMs,
  definition,
  deployment,
  healthy,
  policy as keepingPolicy,
  lease,
  makeBundle,
  mutating,
  now,
  olderDefinition,
  policyBinding,
  rbac,
  right,
  roles,
  stored,
  value,
  webhook,
} from '../../../test/helpers/doctor-facts.ts'
import type { Job, Pod } from '../../lib/kubernetes.ts'
import type { DoctorFacts } from './facts.ts'
import { checks, judgeFacts } from './registry.ts'

/** Steps whose pods came so many seconds after their Jobs. */
function makeSteps(...lags: readonly number[]): Pick<DoctorFacts, 'jobs' | 'pods'> {
  const at = (ms: number) => new Date(ms).toISOString()
  const jobs = lags.map((_, i): Job => ({ metadata: { uid: `j${i}`, creationTimestamp: at(now - i * 1000) } }))
  const pods = lags.map((lag, i): Pod => {
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'j', uid: `j${i}` }
    return { metadata: { creationTimestamp: at(now - i * 1000 + lag * 1000), ownerReferences: [owner] } }
  })
  return { jobs: value(jobs), pods: value(pods) }
}

const refusal = (text: string) =>
  value({ refusal: `cannot create pipelineconfigs default/c8s-doctor: ${text} (HTTP 500 InternalError)` })
const failed = (why: string) =>
  refusal(
    `Internal error occurred: failed calling webhook "mutate.c8s.dev": failed to call webhook: Post "https://c8s-admission.c8s-system.svc:443/mutate?timeout=5s": ${why}`,
  )
const withRules = (verbs: readonly string[]) => ({
  ...rbac,
  clusterRoles: [{ metadata: { name: 'c8s' }, rules: [{ ...right, verbs }] }],
})
const workspaceConfig = (workspace: object) => ({
  kind: 'PipelineConfig',
  metadata: { namespace: 'a', name: 'app' },
  spec: { workspace },
})
const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' }
const namespace = { metadata: { name: 'a', labels: { 'c8s.dev/policy': 'ci' } } }
const policy = { metadata: { name: 'p', labels: { 'c8s.dev/policy': 'ci' } } }
const connection = (...conditions: { type: string; status: string; message?: string }[]) => ({
  metadata: { namespace: 'a', name: 'web' },
  status: { conditions },
})

/** What is changed in a healthy installation, which check says so, how bad it is and in which words. */
const cases: readonly (readonly [string, Partial<DoctorFacts>, string, string, RegExp])[] = [
  [
    'an old Kubernetes',
    { server: value({ gitVersion: 'v1.27.3', date: now, askedAt: now }) },
    'kubernetes-version',
    'error',
    /v1\.27\.3 is too old/,
  ],
  [
    'one without selectable fields',
    { server: value({ gitVersion: 'v1.28.9+k3s1', date: now, askedAt: now }) },
    'kubernetes-version',
    'warning',
    /cannot select runs/,
  ],
  ['no CRD', { definitions: value([]) }, 'definitions', 'error', /"pipelineruns\.c8s\.dev" is missing/],
  [
    'another schema',
    {
      definitions: value([
        { ...definition, spec: { ...definition.spec, versions: [{ name: 'v1alpha1', schema: { type: 'object' } }] } },
      ]),
    },
    'definitions',
    'error',
    /another schema \([0-9a-f]{8}\) than this version of c8s \([0-9a-f]{8}\)/,
  ],
  [
    'another version',
    { definitions: value([{ ...definition, spec: { ...definition.spec, versions: [{ name: 'v1' }] } }]) },
    'definitions',
    'error',
    /has no version v1alpha1/,
  ],
  [
    'a CRD that is not served',
    {
      definitions: value([
        { ...definition, status: { conditions: [{ type: 'Established', status: 'False', message: 'names taken' }] } },
      ]),
    },
    'definitions',
    'error',
    /not served: names taken/,
  ],
  ['no policy', { runPolicy: value([]) }, 'run-policy', 'error', /"c8s-run-changes" is missing: while the webhooks/],
  [
    'a policy that nothing puts in force',
    { runPolicy: value([keepingPolicy]) },
    'run-policy',
    'error',
    /^ValidatingAdmissionPolicyBinding "c8s-run-changes" is missing/,
  ],
  [
    'a policy that only warns',
    {
      runPolicy: value([
        keepingPolicy,
        { ...policyBinding, spec: { ...policyBinding.spec, validationActions: ['Warn'] } },
      ]),
    },
    'run-policy',
    'error',
    /has another validationActions/,
  ],
  ['no configuration', { configurations: value([]) }, 'webhooks', 'error', /"c8s" is missing: c8s is out of admission/],
  [
    'a webhook less',
    { configurations: value([{ ...mutating, webhooks: [] }]) },
    'webhooks',
    'error',
    /has no webhook inject\.c8s\.dev/,
  ],
  [
    'another failurePolicy',
    { configurations: value([stored({ failurePolicy: 'Ignore' })]) },
    'webhooks',
    'error',
    /inject\.c8s\.dev has another failurePolicy/,
  ],
  [
    'another Service',
    { configurations: value([stored({ clientConfig: { service: { name: 'x' }, caBundle: bundle } })]) },
    'webhooks',
    'error',
    /has another clientConfig/,
  ],
  [
    'nobody listens',
    { probe: failed('dial tcp 10.96.0.9:443: connect: connection refused') },
    'webhook-answers',
    'error',
    /does not reach the webhooks: dial tcp 10\.96\.0\.9:443: connect: connection refused$/,
  ],
  [
    'no endpoints',
    { probe: failed('no endpoints available for service "c8s-admission"') },
    'webhook-answers',
    'error',
    /does not reach/,
  ],
  [
    'a wrong certificate',
    { probe: failed('tls: failed to verify certificate: x509: certificate signed by unknown authority') },
    'webhook-answers',
    'error',
    /does not trust the webhooks: tls: failed/,
  ],
  [
    'an answer that is none',
    { probe: failed('expected webhook response of admission.k8s.io/v1') },
    'webhook-answers',
    'error',
    /the webhooks fail/,
  ],
  ['no right to try', { probe: refusal('pipelineconfigs is forbidden') }, 'webhook-answers', 'warning', /is refused/],
  ['webhooks that are not asked', { probe: value({ isStamped: false }) }, 'webhook-answers', 'error', /does not ask/],
  [
    'a CA near its end',
    { configurations: value([stored({}, makeBundle(now + 5 * dayMs))]) },
    'certificates',
    'warning',
    /runs out on 2026-11-26/,
  ],
  [
    'a CA that has ended',
    { configurations: value([stored({}, makeBundle(now - dayMs))]) },
    'certificates',
    'error',
    /ran out on 2026-11-20/,
  ],
  [
    'no CA',
    { configurations: value([stored({ clientConfig: webhook.clientConfig })]) },
    'certificates',
    'error',
    /has no caBundle/,
  ],
  [
    'a CA that is none',
    { configurations: value([stored({}, 'aGVsbG8=')]) },
    'certificates',
    'error',
    /is no certificate/,
  ],
  [
    'a rule less',
    { rbac: value(withRules(['create'])) },
    'permissions',
    'error',
    /c8s-controller may not create\/patch jobs/,
  ],
  [
    'no binding',
    { rbac: value({ ...rbac, roleBindings: [] }) },
    'permissions',
    'error',
    /may not get secrets in c8s-system/,
  ],
  [
    'a Deployment less',
    { deployments: value(roles.slice(1).map((name) => deployment(name))) },
    'workloads',
    'error',
    /c8s-admission is missing/,
  ],
  [
    'scaled to 0',
    { deployments: value(roles.map((name) => deployment(name, {}, { replicas: 0 }))) },
    'workloads',
    'error',
    /c8s-server is scaled to 0/,
  ],
  [
    'nothing available',
    { deployments: value(roles.map((name) => deployment(name, { availableReplicas: 0 }))) },
    'workloads',
    'error',
    /no replica of c8s-admission/,
  ],
  [
    'a rollout',
    { deployments: value(roles.map((name) => deployment(name, { updatedReplicas: 1 }))) },
    'workloads',
    'warning',
    /two versions/,
  ],
  [
    'one replica less',
    { deployments: value(roles.map((name) => deployment(name, { availableReplicas: 1 }))) },
    'workloads',
    'warning',
    /1 of 2/,
  ],
  [
    'two images',
    { deployments: value(roles.map((name, i) => deployment(name, {}, { image: `c8s:${i > 1 ? 2 : 1}` }))) },
    'workloads',
    'warning',
    /different images: c8s:1, c8s:2/,
  ],
  ['no lease', { lease: value(undefined) }, 'leader', 'error', /no controller has ever led/],
  [
    'a lease that nobody renews',
    { lease: value({ ...lease, spec: { ...lease.spec, renewTime: '2026-11-21T11:59:00Z' } }) },
    'leader',
    'error',
    /c8s-controller-a renewed the Lease last at/,
  ],
  ['a lease without holder', { lease: value({ ...lease, spec: {} }) }, 'leader', 'error', /has no holder/],
  [
    'slow pods',
    makeSteps(1, 6, 7, 8, 9),
    'job-controller',
    'warning',
    /7 s after its Job \(median of the newest 5\): kube-controller-manager is held back/,
  ],
  [
    'our clock ahead',
    { server: value({ gitVersion: 'v1.34.4', date: now, askedAt: now + 90_000 }) },
    'clocks',
    'warning',
    /90 s ahead of/,
  ],
  [
    'a node ahead',
    { nodeLeases: value([{ metadata: { name: 'n1' }, spec: { renewTime: '2026-11-21T12:01:00.000000Z' } }]) },
    'clocks',
    'warning',
    /on nodes n1/,
  ],
  [
    'no default class',
    { configs: value([workspaceConfig({ size: '1Gi' })]) },
    'storage-class',
    'error',
    /no workspace for PipelineConfig a\/app/,
  ],
  [
    'a full quota',
    {
      quotas: value([
        { metadata: { name: 'q' }, status: { hard: { pods: '6', cpu: '2' }, used: { pods: '6', cpu: '300m' } } },
      ]),
    },
    'quota',
    'warning',
    /q of c8s-system is used up: pods \(6\)$/,
  ],
  ['no policy', { namespaces: value([namespace]) }, 'policies', 'error', /policy "ci" of namespace a is missing/],
  [
    'two of a policy',
    { namespaces: value([namespace]), policies: value([policy, policy]) },
    'policies',
    'error',
    /is there 2 times/,
  ],
  [
    'a connection that is not ready',
    { connections: value([connection({ type: 'Ready', status: 'False', message: 'no Secret' })]) },
    'connections',
    'warning',
    /a\/web is not ready: no Secret/,
  ],
  [
    'one that nobody looked at',
    { connections: value([connection()]) },
    'connections',
    'warning',
    /no controller has looked/,
  ],
  [
    'what may not be read',
    { rbac: { unreadable: 'cannot list clusterroles' } },
    'permissions',
    'warning',
    /could not be looked at: cannot list clusterroles/,
  ],
]

describe('an installation', () => {
  it('that is healthy gets one good word of each check', () => {
    const said = judgeFacts(healthy)
    expect(said.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(said.map(({ check }) => check)).toEqual(checks.map(({ id }) => id))
  })

  it.each(cases)('with %s', (...[, change, check, level, words]) => {
    const said = judgeFacts({ ...healthy, ...change }).filter((each) => each.check === check && each.level !== 'ok')
    expect(said.map((each) => each.level)).toContain(level)
    expect(said.map(({ message }) => message).join('\n')).toMatch(words)
    expect(said.every(({ remedy }) => (remedy ?? '') !== '')).toBe(true)
  })

  it.each([
    ['a class of its own', { configs: value([workspaceConfig({ storageClassName: 'fast' })]) }],
    [
      'a default class',
      { configs: value([workspaceConfig({})]), storageClasses: value([{ metadata: { annotations: isDefault } }]) },
    ],
    ['a policy', { namespaces: value([namespace]), policies: value([policy]) }],
    ['the rules in its definition', { definitions: value([olderDefinition]), runPolicy: value([]) }],
    ['few and quick steps', makeSteps(0, 1, 0, 1, 1, 9)],
    [
      'a bundle of an old and a new CA',
      {
        configurations: value([
          stored(
            {},
            Buffer.concat([makeBundle(now - dayMs), bundle].map((text) => Buffer.from(text, 'base64'))).toString(
              'base64',
            ),
          ),
        ]),
      },
    ],
  ] as const)('with %s is healthy', (_, change) => {
    expect(judgeFacts({ ...healthy, ...change }).filter(({ level }) => level !== 'ok')).toEqual([])
  })

  it('beside another kind with our short name is told how to name ours', () => {
    const other = {
      ...definition,
      metadata: { name: 'pipelineruns.tekton.dev' },
      spec: { ...definition.spec, names: { kind: 'PipelineRun', plural: 'pipelineruns', shortNames: ['pr'] } },
    }
    const said = judgeFacts({ ...healthy, definitions: value([definition, other]) })
    expect(said.at(-1)).toMatchObject({
      level: 'ok',
      message: '"pr" may mean pipelineruns.tekton.dev to kubectl: say "c8spr" for ours',
    })
  })
})

test('every file of checks/ is registered under its name', () => {
  const files = readdirSync(join(import.meta.dirname, 'checks')).map((file) => file.replace(/\.ts$/, ''))
  expect(checks.map(({ id }) => id).toSorted()).toEqual(files.toSorted())
})
