import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Step } from '../../crds/parts/step.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import type { Checkout } from '../../deploy/sample/forge/checkout.ts'
import { aStep, TestCluster } from '../helpers/cluster.ts'
import {
  aPipelineFile,
  type ConnectedRepository,
  connectRepository,
  listRuns,
  openTestForge,
  type TestForge,
  waitForEventRun,
} from '../helpers/connected-repository.ts'
import { findDocInput } from '../helpers/doc-input.ts'
import type { Gitea } from '../helpers/gitea.ts'

/** The policy of docs/policies.md, and what its part `untrusted` makes of the pull requests of a stranger. */
const policyName = 'e2e-policy-forks'
const cluster = new TestCluster(policyName)
const busybox = cluster.sample.images['busybox'] ?? ''
const example = findDocInput('docs/policies.md', cluster, ['ConfigMap', 'policy-ci'])
const { 'policy.yaml': documented = '' } = example['data'] as Readonly<Record<string, string>>
const policy = {
  ...example,
  metadata: { name: policyName, namespace: 'c8s-system', labels: { 'c8s.dev/policy': policyName } },
  data: {
    // Images come from the registry of the cluster under test, and its forge has no https.
    'policy.yaml': documented
      .replace('ghcr.io/acme', busybox.split('/')[0] ?? '')
      .replace('egress: { mode: https }', 'egress: { mode: none, allow: [{ cidr: 0.0.0.0/0 }] }'),
  },
}

const file = (change: Partial<Step>) => {
  const { timeout: _usual, ...step } = aStep('build', busybox, 'test -f README.md')
  return aPipelineFile(busybox, { steps: [{ ...step, ...change }] })
}
/** The policy lets everybody have 4 CPUs, and untrusted commits 1. */
const large = file({ resources: { cpu: '20m', cpuLimit: '2', memory: '32Mi', memoryLimit: '64Mi' } })

let forge: TestForge
let base: ConnectedRepository
let stranger: Gitea
let forkOwner = ''
let fork: Checkout

beforeAll(async () => {
  kubectl(cluster.target, ['apply', '-f', '-'], JSON.stringify(policy))
  cluster.createNamespace({ 'c8s.dev/policy': policyName })
  forge = await openTestForge()
  base = await connectRepository({ cluster, forge, name: 'base' })
  const account = await forge.admin.createUser(`stranger-${Date.now().toString(36)}`)
  forkOwner = account.username
  stranger = forge.admin.as(account)
})
afterAll(async () => {
  fork.remove()
  base.remove()
  await forge.address.close()
  cluster.removeNamespace()
  kubectl(cluster.target, ['-n', 'c8s-system', 'delete', 'configmap', policyName, '--ignore-not-found'])
})

test('what the policy gives to everybody, a branch of the repository gets', async () => {
  const commit = await base.push({ 'README.md': 'x', '.c8s.yaml': large })
  const run = waitForEventRun(cluster, base.nameRun({ commit }))
  expect(run.status?.phase, run.status?.message).toBe('Succeeded')
  expect(run.spec.plan?.policy).toMatch(/^e2e-policy-forks@/)
  expect(run.spec.plan?.untrusted).toBeUndefined()
})

test('the same in a pull request of a fork is refused: the commit says why, and nothing runs', async () => {
  fork = await stranger.checkout((await stranger.fork(base.name)).full_name)
  await fork.git('checkout', '--quiet', '-b', 'improve')
  const commit = await fork.commit({ 'README.md': 'better' })
  await fork.git('push', '--quiet', '--force', 'origin', 'HEAD')
  await stranger.createPullRequest(base.name, { head: `${forkOwner}:improve`, base: 'main' })
  const status = await base.waitForStatus(commit)
  expect(status.status).toBe('failure')
  const [run] = listRuns(cluster, `c8s.dev/commit=${commit}`)
  expect(run?.spec.rejected?.message).toContain('may use 2 of cpu')
  expect(run?.status).toMatchObject({ phase: 'Failed', reason: 'PolicyForbidden' })
  expect(cluster.run('get', 'jobs', '-l', `c8s.dev/run=${run?.metadata.name ?? ''}`, '-o', 'name')).toBe('')
})

test('one that keeps to the stricter limits runs, and gets no longer than they allow', async () => {
  const small = file({ resources: { cpu: '20m', cpuLimit: '1', memory: '32Mi', memoryLimit: '64Mi' } })
  const commit = await fork.commit({ '.c8s.yaml': small })
  await fork.git('push', '--quiet', '--force', 'origin', 'HEAD')
  const status = await base.waitForStatus(commit)
  expect(status.status, status.description).toBe('success')
  const [run] = listRuns(cluster, `c8s.dev/commit=${commit}`)
  expect(run?.spec.plan?.untrusted?.reason).toBe('ForkPullRequest')
  // A step that says nothing has an hour, by default.
  expect(run?.spec.plan?.timeoutSeconds).toBe(1200)
})
