import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import { sampleUrls } from '../../deploy/sample/render.ts'
import { aRun, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'
import { parseExamples, readDocPage } from '../helpers/doc-pages.ts'
import { eventually } from '../helpers/eventually.ts'

/** A team under the first policy of docs/policies.md, another under one that is wrong, a third with a LimitRange. */

const cluster = new TestCluster('e2e-policy')
const brokenTeam = new TestCluster('e2e-policy-broken')
const limitedTeam = new TestCluster('e2e-policy-limits')
const teams = [cluster, brokenTeam, limitedTeam]
const { images, commits } = cluster.sample
const busybox = images['busybox'] ?? ''
const registry = busybox.split('/')[0] ?? ''
const label = 'c8s.dev/policy'

interface PolicyMap {
  readonly data: Readonly<Record<string, string>>
}

const [example] = parseExamples(readDocPage('docs/policies.md'))
const [page] = (example?.documents ?? []) as readonly PolicyMap[]
const documented = page?.data['policy.yaml'] ?? ''

const aPolicy = (name: string, text: string): Manifest => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'c8s-system', labels: { [label]: name } },
  data: { 'policy.yaml': text },
})
const policies = [
  // The images of the tests come from the registry of the cluster under test.
  aPolicy('e2e-policy', documented.replace('ghcr.io/acme', registry)),
  aPolicy('e2e-policy-broken', 'version: v1alpha1\nallowdImages: []\n'),
]
const inSystem = (...args: readonly string[]) => kubectl(cluster.target, ['-n', 'c8s-system', ...args])

type Step = PipelineSpec['steps'][number]
const oneStep = (name: string, change: Partial<Step> = {}): Manifest => {
  const step = { ...aStep('work', busybox, 'echo done'), clone: false, ...change }
  return aRun(name, commits.main, { repository: sampleUrls.public, steps: [step] })
}

beforeAll(() => {
  // Policies first: a namespace that nobody has seen yet is read live, with its label.
  kubectl(cluster.target, ['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: policies }))
  cluster.createNamespace({ [label]: 'e2e-policy' })
  brokenTeam.createNamespace({ [label]: 'e2e-policy-broken' })
  limitedTeam.createNamespace()
})
afterAll(() => {
  for (const team of teams) team.removeNamespace()
  inSystem('delete', 'configmap', '-l', `${label} in (e2e-policy, e2e-policy-broken)`)
})

test('an image that the policy does not allow is refused, with what is allowed', () => {
  const { code, stderr } = cluster.tryApply(oneStep('miner', { image: 'evil.example/miner' }))
  expect(code).not.toBe(0)
  expect(stderr).toContain('step "work" uses image evil.example/miner:latest, which policy "e2e-policy" does not allow')
  expect(stderr).toContain('docker.io/library/*')
})

test('so are a toleration, a service account and an amount that it does not allow', () => {
  const tolerations = [{ key: 'gpu', operator: 'Exists' as const }]
  expect(cluster.tryApply(oneStep('gpu', { tolerations })).stderr).toContain('step "work" tolerates gpu')
  const account = oneStep('account', { serviceAccountName: 'default' })
  expect(cluster.tryApply(account).stderr).toContain('runs as service account default')
  const large = oneStep('large', { resources: { cpu: '1', cpuLimit: '9', memory: '32Mi' } })
  expect(cluster.tryApply(large).stderr).toContain('may use 9 of cpu')
})

test('a config is stored, and its author warned', () => {
  const spec = { repository: sampleUrls.public, steps: [aStep('work', 'evil.example/miner', 'true')] }
  const config = { apiVersion: 'c8s.dev/v1alpha1', kind: 'PipelineConfig', metadata: { name: 'warned' }, spec }
  const { code, stderr } = cluster.tryApply(config)
  expect(code).toBe(0)
  expect(stderr).toContain('Warning: spec.steps[0].image: PolicyForbidden')
})

test('what is allowed runs where the policy says, behind its NetworkPolicy', () => {
  const tolerations = [{ key: 'ci', operator: 'Equal' as const, value: 'true', effect: 'NoSchedule' as const }]
  cluster.apply(oneStep('placed', { tolerations }))
  const run = cluster.waitForRun('placed')
  expect(run.status?.phase).toBe('Succeeded')
  expect(run.spec.plan?.policy).toMatch(/^e2e-policy@[0-9a-f]{12}$/)
  const { metadata, spec } = cluster.podOf(run, 'work')
  expect(spec?.nodeSelector).toEqual({ 'kubernetes.io/os': 'linux' })
  expect(spec?.tolerations).toContainEqual({ key: 'ci', operator: 'Equal', value: 'true', effect: 'NoSchedule' })
  expect(metadata.annotations).toMatchObject({
    'cluster-autoscaler.kubernetes.io/safe-to-evict': 'false',
    'karpenter.sh/do-not-disrupt': 'true',
  })
  expect(cluster.run('get', 'networkpolicy', 'c8s-steps', '-o', 'jsonpath={.spec.policyTypes}')).toContain('Egress')
})

test('a policy that is wrong lets nothing run, and says where it is wrong', () => {
  const { stderr } = brokenTeam.tryApply(oneStep('nothing'))
  expect(stderr).toContain('PolicyUnusable')
  expect(stderr).toContain('ConfigMap c8s-system/e2e-policy-broken, policy.yaml line 2: allowdImages')
})

test('the NetworkPolicy is put right, and goes with the label', () => {
  const rules = ['get', 'networkpolicy', 'c8s-steps', '-o', 'jsonpath={.spec.egress[*].ports[*].port}']
  const before = cluster.run(...rules)
  cluster.run('patch', 'networkpolicy', 'c8s-steps', '--type=merge', '-p', '{"spec":{"egress":[]}}')
  cluster.run('wait', 'networkpolicy/c8s-steps', '--for=jsonpath={.spec.egress[0].ports[0].port}=53', '--timeout=20s')
  expect(cluster.run(...rules)).toBe(before)
  kubectl(cluster.target, ['label', 'namespace', cluster.namespace, `${label}-`])
  cluster.run('wait', 'networkpolicy/c8s-steps', '--for=delete', '--timeout=20s')
})

test('a LimitRange gives a step what it leaves out, and refuses what could never start', async () => {
  limitedTeam.apply({
    apiVersion: 'v1',
    kind: 'LimitRange',
    metadata: { name: 'sizes' },
    spec: {
      limits: [
        {
          type: 'Container',
          min: { cpu: '25m' },
          max: { memory: '512Mi' },
          default: { cpu: '1', memory: '128Mi' },
          defaultRequest: { cpu: '30m', memory: '48Mi' },
        },
      ],
    },
  })
  const { resources: _sizes, ...plain } = { ...aStep('work', busybox, 'echo done'), clone: false }
  const sparse = aRun('sparse', commits.main, { repository: sampleUrls.public, steps: [plain] })
  // Admission learns of the LimitRange by a watch.
  const wanted = { cpu: '30m', cpuLimit: '1', memory: '48Mi', memoryLimit: '128Mi' }
  await eventually(
    'the default of the LimitRange',
    () => Promise.resolve(findSizes(sparse)?.cpu === '30m' || undefined),
    20,
  )
  expect(findSizes(sparse)).toEqual(wanted)
  limitedTeam.apply(sparse)
  expect(limitedTeam.waitForRun('sparse').status?.phase).toBe('Succeeded')
  const { containers } = limitedTeam.podOf(limitedTeam.getRun('sparse'), 'work').spec ?? { containers: [] }
  expect(containers.find(({ name }) => name === 'c8s-log')?.resources?.requests).toMatchObject({ cpu: '25m' })

  const large = oneStep('large', { resources: { cpu: '30m', memory: '1Gi' } })
  expect(limitedTeam.tryApply(large).stderr).toContain('and at most 512Mi is allowed of memory by LimitRange "sizes"')
})

/** What the plan of the run would say, by a dry run. */
function findSizes(manifest: Manifest) {
  const input = JSON.stringify(manifest)
  const args = ['-n', limitedTeam.namespace, 'create', '--dry-run=server', '-o', 'json', '-f', '-']
  const run = JSON.parse(kubectl(limitedTeam.target, args, input)) as PipelineRun
  return run.spec.plan?.steps[0]?.resources
}
