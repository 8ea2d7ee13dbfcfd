import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openServiceAddress, type ServiceAddress } from '../../deploy/install/service-address.ts'
import { createSshKey } from '../../deploy/sample/credentials.ts'
import { aConfig, aSecret, aStep, readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import {
  aConnection,
  aPipelineFile,
  type ConnectedRepository,
  connectRepository,
  getConnection,
  listRuns,
  openTestForge,
  type TestForge,
  waitForEventRun,
} from '../helpers/connected-repository.ts'

const cluster = new TestCluster('e2e-push-ways')
const busybox = cluster.sample.images['busybox'] ?? ''
const key = createSshKey()

let forge: TestForge
let hidden: ConnectedRepository
let sshUrl: string
let server: ServiceAddress

/** As docs/generic-deliveries.md says, with openssl in place of our own code. */
async function deliver(body: object, secret: string): Promise<Response> {
  const text = JSON.stringify(body)
  const printed = execFileSync('openssl', ['dgst', '-sha256', '-hmac', secret, '-r'], { input: text, encoding: 'utf8' })
  const signature = printed.split(' ')[0] ?? ''
  const headers = { 'content-type': 'application/json', 'x-c8s-signature-256': `sha256=${signature}` }
  return fetch(`${server.url}/webhooks/generic`, { method: 'POST', headers, body: text })
}

beforeAll(async () => {
  cluster.createNamespace()
  forge = await openTestForge()
  server = await openServiceAddress(readChosenCluster(), { namespace: 'c8s-system', name: 'c8s-server', port: 80 })
  const knownHosts = forge.deployed.ssh.knownHosts
  sshUrl = `ssh://git@${forge.deployed.ssh.host}`
  const spec = { apiURL: `${forge.deployed.url}/api/v1` }
  hidden = await connectRepository({ cluster, forge, name: 'hidden', isPrivate: true, spec })
  await hidden.gitea.addKey('c8s', key.publicKey)
  cluster.apply(aSecret('hidden-auth', { 'ssh-key': key.privateKey, known_hosts: knownHosts }))
})
afterAll(async () => {
  hidden.remove()
  await server.close()
  await forge.address.close()
  cluster.removeNamespace()
})

test('a private repository that is connected by ssh is read by the API and cloned by the key', async () => {
  const patch = JSON.stringify({ spec: { repository: `${sshUrl}/${hidden.name}.git` } })
  cluster.run('patch', 'repositoryconnections.c8s.dev', 'hidden', '--type=merge', '-p', patch)
  // The server follows the connections by a watch of its own, as the controller does that tells of it.
  const { generation = 0 } = getConnection(cluster, 'hidden').metadata
  const seen = `--for=jsonpath={.status.observedGeneration}=${generation}`
  cluster.run('wait', seen, 'repositoryconnections.c8s.dev/hidden', '--timeout=30s')
  const commit = await hidden.push({ 'README.md': 'x', '.c8s.yaml': aPipelineFile(busybox) })
  const run = waitForEventRun(cluster, hidden.nameRun({ commit }))
  expect(run.status?.phase).toBe('Succeeded')
  expect(run.spec.plan?.repository).toBe(`${sshUrl}/${hidden.name}.git`)
  expect((await hidden.waitForStatus(commit)).status).toBe('success')
})

test('a server of which c8s knows nothing but Git and ssh: signed by openssl, read and cloned with the key alone', async () => {
  const secret = randomBytes(20).toString('hex')
  const repository = `${sshUrl}/${hidden.name}.git`
  cluster.apply(
    aSecret('plain-webhook', { 'webhook-secret': secret }),
    aSecret('plain-auth', { 'ssh-key': key.privateKey, known_hosts: forge.deployed.ssh.knownHosts }),
    aConnection('plain', {
      repository,
      provider: 'generic',
      webhookSecretRef: 'plain-webhook',
      authSecretRef: 'plain-auth',
    }),
  )
  cluster.run('wait', '--for=jsonpath={.status.webhookURL}', 'repositoryconnections.c8s.dev/plain', '--timeout=30s')
  const commit = await hidden.checkout.git('rev-parse', 'HEAD')
  const body = { event: 'push', repository, ref: 'main', commit }
  expect((await deliver(body, 'wrong')).status).toBe(401)
  const answer = await deliver(body, secret)
  expect(await answer.json()).toMatchObject({ verdict: 'Started' })
  const run = waitForEventRun(cluster, hidden.nameRun({ connection: 'plain', commit }))
  expect(run.status?.phase).toBe('Succeeded')
  expect((await deliver(body, secret)).status).toBe(200)
  expect(listRuns(cluster, `c8s.dev/connection=plain`)).toHaveLength(1)
})

test('an annotation on a config starts one run for each of its values', async () => {
  const repository = hidden.url
  const steps = [{ ...aStep('only', busybox, 'true'), clone: false }]
  cluster.apply(
    aSecret('http-auth', { username: hidden.owner.username, password: hidden.owner.password }),
    aConnection('http', { repository, provider: 'gitea', authSecretRef: 'http-auth', pollInterval: '0s' }),
    aConfig('asked', { repository, branches: ['main'], steps }),
  )
  const ask = (token: string) => {
    cluster.run('annotate', '--overwrite', 'pipelineconfigs.c8s.dev', 'asked', `c8s.dev/run-requested=${token}`)
    const served = `--for=jsonpath={.status.lastRequest.token}=${token}`
    cluster.run('wait', served, 'pipelineconfigs.c8s.dev/asked', '--timeout=60s')
  }
  for (const token of ['one', 'two', 'two']) ask(token)
  const runs = listRuns(cluster, 'c8s.dev/pipeline=asked')
  expect(runs).toHaveLength(2)
  const head = await hidden.checkout.git('rev-parse', 'HEAD')
  expect(runs.map(({ spec }) => spec.commit)).toEqual([head, head])
  for (const { metadata } of runs) expect(cluster.waitForRun(metadata.name ?? '').status?.phase).toBe('Succeeded')
})
