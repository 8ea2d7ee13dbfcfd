import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAuthority, generateKeys } from '../../certs/pki.ts'
import { kubectl } from '../../deploy/install/kubectl.ts'
import type { DoctorFinding } from '../../src/cli/doctor/check.ts'
import { TestCluster } from '../helpers/cluster.ts'

/** What goes wrong with installations, made real one after another: the doctor names it, and nothing else as its cause. */
const cluster = new TestCluster('e2e-doctor')
const system = new TestCluster('c8s-system')
const cli = join(import.meta.dirname, '../../src/bin/cli.ts')

interface Visit {
  readonly code: number
  readonly errors: readonly string[]
  readonly all: readonly DoctorFinding[]
}

function seeDoctor(): Visit {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'doctor', '-o', 'json'], { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  const { findings } = JSON.parse(stdout) as { findings: readonly DoctorFinding[] }
  const errors = findings.filter(({ level }) => level === 'error').map(({ check, message }) => `${check}: ${message}`)
  return { code: status ?? -1, errors, all: findings }
}

/** Until the installation is well again, or for a minute. */
async function recover(): Promise<void> {
  await expect.poll(() => seeDoctor().errors, { timeout: 60_000, interval: 1000 }).toEqual([])
}

function scale(role: string, replicas: number): void {
  system.run('scale', `deployment/c8s-${role}`, `--replicas=${replicas}`)
  if (replicas > 0) system.run('rollout', 'status', `deployment/c8s-${role}`, '--timeout=90s')
  else system.run('wait', 'pods', '-l', `app.kubernetes.io/component=${role}`, '--for=delete', '--timeout=60s')
}

type Stored = { metadata: Record<string, unknown>; [field: string]: unknown }
const read = (name: string) => JSON.parse(system.run('get', name, '-o', 'json')) as Stored

/** Puts back what was read before, whatever became of it. */
function putBack({ metadata, ...rest }: Stored): void {
  const {
    resourceVersion: _,
    uid: _uid,
    managedFields: _fields,
    creationTimestamp: _at,
    generation: _count,
    ...kept
  } = metadata
  const text = JSON.stringify({ ...rest, metadata: kept })
  const name = `${String(rest['kind'])}/${String(kept['name'])}`
  const isThere = system.try('get', name).code === 0
  kubectl(system.target, [isThere ? 'replace' : 'create', '-f', '-'], text)
}

interface Trouble<T> {
  readonly make: () => void
  /** Comes whatever else does: the tests of other files need c8s. */
  readonly mend: () => void
  readonly look: () => T | Promise<T>
}

/** What is seen while the trouble lasts. */
async function during<T>({ make, mend, look }: Trouble<T>): Promise<T> {
  try {
    make()
    return await look()
  } finally {
    mend()
  }
}

/** Looks until an error is like that. */
const waitForError = (like: RegExp) =>
  expect.poll(() => seeDoctor().errors.join('\n'), { timeout: 60_000, interval: 1000 }).toMatch(like)

const patch = (name: string, path: string, value: unknown) =>
  system.run('patch', name, '--type=json', '-p', JSON.stringify([{ op: 'replace', path, value }]))

beforeAll(() => cluster.createNamespace())
afterAll(() => cluster.removeNamespace())

test('a healthy installation has no error, and every check a word for it', async () => {
  await recover()
  const { code, all } = seeDoctor()
  expect(code).toBe(0)
  expect(all.length).toBeGreaterThanOrEqual(15)
})

test('admission scaled to 0', async () => {
  const { code, errors } = await during({
    make: () => scale('admission', 0),
    mend: () => scale('admission', 2),
    look: seeDoctor,
  })
  expect(code).toBe(1)
  expect(errors).toEqual([
    expect.stringMatching(
      /^webhook-answers: the API server does not reach the webhooks: .*(refused|no endpoints|deadline exceeded|no route|i\/o timeout|EOF|reset by peer)/,
    ),
    'workloads: Deployment c8s-admission is scaled to 0',
  ])
  await recover()
}, 240_000)

test('a right less, and then a CA that nobody can put right any more', async () => {
  const role = read('clusterrole/c8s-admission')
  const configuration = read('mutatingwebhookconfiguration/c8s')
  const rules = role['rules'] as readonly { apiGroups: readonly string[] }[]
  const fewer = rules.filter(({ apiGroups }) => !apiGroups.includes('admissionregistration.k8s.io'))
  const now = Date.now()
  const { cert } = createAuthority({
    keys: await generateKeys(),
    serial: new Uint8Array(16).fill(1),
    notBefore: now - 60_000,
    notAfter: now + 86_400_000,
  })
  const webhooks = configuration['webhooks'] as readonly { clientConfig: object }[]
  const caBundle = Buffer.from(cert).toString('base64')
  const distrusted = webhooks.map((each) => ({ ...each, clientConfig: { ...each.clientConfig, caBundle } }))
  const { poorer, all } = await during({
    make: () => patch('clusterrole/c8s-admission', '/rules', fewer),
    mend: () => putBack(role),
    look: async () => {
      const first = seeDoctor()
      patch('mutatingwebhookconfiguration/c8s', '/webhooks', distrusted)
      await waitForError(/does not trust the webhooks: .*x509/)
      return { poorer: first, all: seeDoctor().all }
    },
  })
  expect(poorer.errors).toEqual([
    expect.stringMatching(/^permissions: c8s-admission may not get\/update mutatingwebhookconfigurations/),
  ])
  expect(all).toContainEqual(
    expect.objectContaining({
      check: 'certificates',
      level: 'warning',
      message: expect.stringMatching(/runs out on|different caBundles/),
    }),
  )
  // The keeper of the certificates has its right again, and cures the rest.
  await recover()
}, 240_000)

test('a CRD of another version', async () => {
  const name = 'customresourcedefinition/pipelineconfigs.c8s.dev'
  const path = '/spec/versions/0/schema/openAPIV3Schema/description'
  const before = system.run('get', name, '-o', 'jsonpath={.spec.versions[0].schema.openAPIV3Schema.description}')
  const { errors } = await during({
    make: () => patch(name, path, 'Somebody else wrote this.'),
    mend: () => patch(name, path, before),
    look: seeDoctor,
  })
  expect(errors).toEqual([
    expect.stringMatching(/^definitions: CustomResourceDefinition "pipelineconfigs\.c8s\.dev" has another schema/),
  ])
  await recover()
})

test('runs that nothing keeps while the webhooks are down', async () => {
  const name = 'validatingadmissionpolicybinding/c8s-run-changes'
  const saved = read(name)
  const { errors } = await during({
    make: () => system.run('delete', name),
    mend: () => putBack(saved),
    look: seeDoctor,
  })
  expect(errors).toEqual([
    expect.stringMatching(/^run-policy: ValidatingAdmissionPolicyBinding "c8s-run-changes" is missing/),
  ])
  await recover()
})

test('c8s out of admission', async () => {
  const saved = ['mutatingwebhookconfiguration/c8s', 'validatingwebhookconfiguration/c8s'].map(read)
  const configurations = 'mutatingwebhookconfigurations,validatingwebhookconfigurations'
  const { errors } = await during({
    make: () => system.run('delete', configurations, '-l', 'app.kubernetes.io/part-of=c8s'),
    mend: () => saved.forEach(putBack),
    look: async () => {
      await waitForError(/does not ask the webhooks/)
      return seeDoctor()
    },
  })
  expect(errors.filter((line) => /is missing: c8s is out of admission/.test(line))).toHaveLength(2)
  await recover()
}, 240_000)

test('a webhook that somebody made lenient', async () => {
  const setPolicy = (policy: string) => patch('validatingwebhookconfiguration/c8s', '/webhooks/0/failurePolicy', policy)
  const { errors } = await during({
    make: () => setPolicy('Ignore'),
    mend: () => setPolicy('Fail'),
    look: seeDoctor,
  })
  expect(errors).toEqual([expect.stringMatching(/^webhooks: Validating.* has another failurePolicy$/)])
  await recover()
})

test('a lease that nobody renews', async () => {
  await during({
    make: () => scale('controller', 0),
    mend: () => scale('controller', 2),
    look: () => waitForError(/leader: no controller leads/),
  })
  await recover()
}, 240_000)

test('a namespace whose policy is not there', async () => {
  const label = (policy: string) => cluster.run('label', 'namespace', cluster.namespace, policy)
  const { errors } = await during({
    make: () => label('c8s.dev/policy=e2e-none'),
    mend: () => label('c8s.dev/policy-'),
    look: seeDoctor,
  })
  expect(errors).toEqual(['policies: policy "e2e-none" of namespace e2e-doctor is missing: runs there are refused'])
})
