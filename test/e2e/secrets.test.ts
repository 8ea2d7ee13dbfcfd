import { afterAll, beforeAll, expect, test } from 'vitest'
import { renderAuthSecrets, sampleUrls } from '../../deploy/sample/render.ts'
import { aConfig, aRun, aSecret, aStep, type Manifest, TestCluster } from '../helpers/cluster.ts'

const cluster = new TestCluster('e2e-secrets')
const { images, commits, credentials } = cluster.sample
const busybox = images['busybox'] ?? ''
const repository = sampleUrls.public
const value = 'pa55 w0rd&/"quoted"'
const lines = 'first-secret-line\nsecond-secret-line'

const connection = (name: string, url: string, authSecretRef: string): Manifest => ({
  apiVersion: 'c8s.dev/v1alpha1',
  kind: 'RepositoryConnection',
  metadata: { name },
  spec: { repository: url, provider: 'generic', authSecretRef },
})

const use = (key: string, envVar: string) => ({ secretRef: 'own', key, envVar })

beforeAll(() => {
  cluster.createNamespace()
  cluster.apply(aSecret('own', { value, lines, short: 'abc' }, '*'), aSecret('closed', { value: 'closed-value' }))
  cluster.run('create', 'serviceaccount', 'developer')
  cluster.run(
    'create',
    'rolebinding',
    'developer',
    '--clusterrole=edit',
    `--serviceaccount=${cluster.namespace}:developer`,
  )
})
afterAll(() => cluster.removeNamespace())

test('every form of a secret is masked', () => {
  const step = {
    ...aStep(
      'print',
      busybox,
      'echo "raw $VALUE"',
      'printf %s "$VALUE" | base64',
      'printf "x%s" "$VALUE" | base64',
      'printf %s "$VALUE" | od -An -tx1 | tr -d " \\n"; echo',
      'echo "$LINES" | tail -n 1',
      'echo "a$SHORT"',
    ),
    clone: false,
    secrets: [use('value', 'VALUE'), use('lines', 'LINES'), use('short', 'SHORT')],
  }
  cluster.apply(aRun('forms', commits.main, { repository, steps: [step] }))
  const run = cluster.waitForRun('forms')
  expect(run.status?.phase).toBe('Succeeded')
  const log = cluster.logOf(run, 'print')
  const base64 = Buffer.from(value).toString('base64').slice(0, -2)
  const hex = Buffer.from(value).toString('hex')
  for (const leak of [value, base64, hex, 'second-secret-line']) expect(log).not.toContain(leak)
  expect(log).toContain('raw ***')
  // Too short to be masked: that would hide ordinary text. It is told instead.
  expect(log).toContain('aabc')
  expect(log).toContain('c8s: not masked, because shorter than 4 bytes: own/short\n')
})

const developer = (run: Manifest) => cluster.tryAs(`system:serviceaccount:${cluster.namespace}:developer`, run)

test('who may neither use a secret nor was allowed by its annotation is refused with the field path', () => {
  const step = {
    ...aStep('steal', busybox, 'echo $VALUE'),
    secrets: [{ secretRef: 'closed', key: 'value', envVar: 'VALUE' }],
  }
  const { code, stderr } = developer(aRun('steal', commits.main, { repository, steps: [step] }))
  expect(code).not.toBe(0)
  expect(stderr).toContain('spec.pipelineSpec.steps[0].secrets[0]')
  expect(stderr).toContain('closed')
})

test('a developer who may not read a secret may use one that its annotation opens', () => {
  const step = { ...aStep('use', busybox, 'echo "v $VALUE"'), clone: false, secrets: [use('value', 'VALUE')] }
  expect(developer(aRun('allowed', commits.main, { repository, steps: [step] })).stderr).toBe('')
  expect(cluster.logOf(cluster.waitForRun('allowed'), 'use')).toContain('v ***')
})

test('a developer may run a config whose author may use its secret', () => {
  const step = {
    ...aStep('use', busybox, 'echo "v $VALUE"'),
    clone: false,
    secrets: [{ secretRef: 'closed', key: 'value', envVar: 'VALUE' }],
  }
  cluster.apply(aConfig('by-admin', { repository, steps: [step] }))
  const run = aRun('from-config', commits.main, { repository, steps: [step] })
  const spec = { pipelineConfigRef: 'by-admin', commit: commits.main, branch: 'main' }
  expect(developer({ ...run, spec }).stderr).toBe('')
  expect(cluster.logOf(cluster.waitForRun('from-config'), 'use')).toContain('v ***')
})

test('a commit on no allowed branch gets no secrets: its steps never start', () => {
  const step = { ...aStep('use', busybox, 'echo "v $VALUE"'), secrets: [use('value', 'VALUE')] }
  cluster.apply(aRun('impostor', commits.impostor, { repository, branches: ['main'], steps: [step] }))
  const run = cluster.waitForRun('impostor')
  expect(run.status?.steps?.[0]).toMatchObject({ phase: 'Failed', reason: 'CommitNotOnBranch' })
})

test('the same commit runs without secrets', () => {
  cluster.apply(aRun('no-secret', commits.impostor, { repository, steps: [aStep('plain', busybox, 'true')] }))
  expect(cluster.waitForRun('no-secret').status?.phase).toBe('Succeeded')
})

test.each([
  { name: 'private-http', url: sampleUrls.privateHttp, secret: 'sample-git-password' },
  { name: 'private-ssh', url: sampleUrls.privateSsh, secret: 'sample-git-key' },
])('a private repository is cloned with the credential of its connection: $name', ({ name, url, secret }) => {
  const auth = renderAuthSecrets(credentials, cluster.namespace) as unknown as Manifest[]
  cluster.apply(...auth, connection(name, url, secret))
  const step = aStep('look', busybox, 'test -f package.json', 'cat .git/config; env')
  cluster.apply(aRun(name, commits.main, { repository: url, steps: [step] }))
  const run = cluster.waitForRun(name)
  expect(run.status).toMatchObject({ phase: 'Succeeded' })
  expect(cluster.logOf(run, 'look')).not.toContain(credentials.password)
})

test('a private repository without a credential fails with one sentence', () => {
  const url = sampleUrls.privateHttp.replace('.svc', '.svc.cluster.local')
  cluster.apply(aRun('no-credential', commits.main, { repository: url, steps: [aStep('look', busybox, 'true')] }))
  const run = cluster.waitForRun('no-credential')
  expect(run.status?.steps?.[0]?.reason).toBe('AuthenticationFailed')
})

test('nobody but the controller writes a status', () => {
  const patch = '{"status":{"phase":"Succeeded"}}'
  const { code, stderr } = cluster.try(
    'patch',
    'pipelineruns.c8s.dev',
    'impostor',
    '--subresource=status',
    '--type=merge',
    '-p',
    patch,
  )
  expect(code).not.toBe(0)
  expect(stderr).toMatch(/status/)
})
