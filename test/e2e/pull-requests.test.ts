import { afterAll, beforeAll, expect, test } from 'vitest'
import { kubectl } from '../../deploy/install/kubectl.ts'
import type { Checkout } from '../../deploy/sample/forge/checkout.ts'
import { aStep, TestCluster } from '../helpers/cluster.ts'
import {
  aPipelineFile,
  type ConnectedRepository,
  connectRepository,
  getConnection,
  listRuns,
  openTestForge,
  type TestForge,
  waitForEventRun,
} from '../helpers/connected-repository.ts'
import { eventually } from '../helpers/eventually.ts'
import type { Gitea } from '../helpers/gitea.ts'

const cluster = new TestCluster('e2e-pull-requests')
const busybox = cluster.sample.images['busybox'] ?? ''
const file = (more = {}) => aPipelineFile(busybox, more)
const using = (secretRef: string) => [
  { ...aStep('use', busybox, `test -n "$key" && echo "it is $key"`), secrets: [{ secretRef, key: 'key' }] },
]

let forge: TestForge
let base: ConnectedRepository
let stranger: Gitea
let fork: Checkout
let forkOwner = ''
let number = 0

const nameRun = (commit: string, more = {}) =>
  base.nameRun({ commit, type: 'pullRequest', ref: String(number), ...more })

/** A commit of the fork, on the branch that is checked out. */
async function pushToFork(files: Readonly<Record<string, string | null>>): Promise<string> {
  const commit = await fork.commit(files)
  await fork.git('push', '--quiet', '--force', 'origin', 'HEAD')
  return commit
}

async function waitUntilHeld(name: string) {
  cluster.run('wait', '--for=create', `pipelineruns.c8s.dev/${name}`, '--timeout=60s')
  cluster.run(
    'wait',
    '--for=jsonpath={.status.reason}=ApprovalRequired',
    `pipelineruns.c8s.dev/${name}`,
    '--timeout=60s',
  )
  return cluster.getRun(name)
}

/** The row of a comment that was refused. */
function waitForRefusal() {
  return eventually('a delivery row of the refused comment', async () =>
    getConnection(cluster, 'base').status?.deliveries?.find(({ verdict }) => verdict === 'Refused'),
  )
}

function tryApprove(name: string, commit: string, ...as: readonly string[]) {
  const patch = JSON.stringify({ spec: { approvedCommit: commit } })
  return cluster.try('patch', 'pipelineruns.c8s.dev', name, '--type=merge', '-p', patch, ...as)
}

beforeAll(async () => {
  cluster.createNamespace()
  forge = await openTestForge()
  base = await connectRepository({ cluster, forge, name: 'base', spec: { pullRequestComments: true } })
  const secret = (name: string, usableBy: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, annotations: { 'c8s.dev/usable-by': usableBy } },
    stringData: { key: `value-of-${name}-91c4` },
  })
  cluster.apply(secret('deploy', 'connection:base'), secret('main-only', 'branch:main'))
  await base.push({ 'README.md': 'x', '.c8s.yaml': file() })
  const account = await forge.admin.createUser(`stranger-${Date.now().toString(36)}`)
  forkOwner = account.username
  stranger = forge.admin.as(account)
  const { full_name } = await stranger.fork(base.name)
  fork = await stranger.checkout(full_name)
  await fork.git('checkout', '--quiet', '-b', 'improve')
})
afterAll(async () => {
  fork.remove()
  base.remove()
  await forge.address.close()
  cluster.removeNamespace()
})

test('a pull request of a fork that needs no secret runs at once, without any, and its commit gets the result', async () => {
  const commit = await pushToFork({ 'README.md': 'better' })
  number = (await stranger.createPullRequest(base.name, { head: `${forkOwner}:improve`, base: 'main' })).number
  const run = waitForEventRun(cluster, nameRun(commit))
  expect(run.status?.phase).toBe('Succeeded')
  expect(run.spec.plan?.untrusted?.reason).toBe('ForkPullRequest')
  expect(run.spec.branch).toBeUndefined()
  expect(cluster.podOf(run, 'test').spec?.volumes?.map(({ name }) => name)).not.toContain('c8s-auth')
  expect((await base.waitForStatus(commit)).status).toBe('success')
})

test('the comment of the pull request is kept up to date, not repeated', async () => {
  const comments = await eventually('the comment', async () => {
    const found = (await base.gitea.listComments(base.name, number)).filter(({ body }) => body.includes('<!-- c8s:'))
    return found.some(({ body }) => /success|Succeeded/i.test(body)) ? found : undefined
  })
  expect(comments).toHaveLength(1)
})

test('with a secret in its steps it waits; a stranger cannot approve it, a person who may write can', async () => {
  const commit = await pushToFork({ '.c8s.yaml': file({ steps: using('deploy') }) })
  const held = await waitUntilHeld(nameRun(commit))
  expect(held.status?.phase).toBe('Pending')
  expect(cluster.run('get', 'jobs', '-l', `c8s.dev/run=${held.metadata.name}`, '-o', 'name')).toBe('')
  await stranger.comment(base.name, number, '/ok-to-test')
  expect((await waitForRefusal()).reason).toBe('NotAllowed')
  expect(cluster.getRun(held.metadata.name ?? '').spec.approvedCommit).toBeUndefined()
  await base.gitea.comment(base.name, number, 'Looks good.\n/ok-to-test')
  const run = waitForEventRun(cluster, nameRun(commit))
  expect(run.status?.phase).toBe('Succeeded')
  expect(run.spec).toMatchObject({ approvedCommit: commit, approvedBy: `gitea:${base.owner.username}` })
  expect(cluster.logOf(run, 'use')).toContain('it is ***')
  expect((await base.waitForStatus(commit)).status).toBe('success')
})

test('the approval dies with the next push; kubectl approves too, with the right and for that commit alone', async () => {
  const commit = await pushToFork({ 'README.md': 'and more' })
  const { metadata } = await waitUntilHeld(nameRun(commit))
  const name = metadata.name ?? ''
  const wrong = tryApprove(name, '0'.repeat(40))
  expect(wrong.code).not.toBe(0)
  expect(wrong.stderr).toContain(commit)
  const account = `system:serviceaccount:${cluster.namespace}:default`
  kubectl(cluster.target, [
    '-n',
    cluster.namespace,
    'create',
    'rolebinding',
    'edits',
    '--clusterrole=edit',
    '--serviceaccount',
    `${cluster.namespace}:default`,
  ])
  const mayPatch = ['auth', 'can-i', 'patch', 'pipelineruns.c8s.dev', '--as', account] as const
  await eventually('the right to patch', async () => cluster.try(...mayPatch).code === 0 || undefined, 20)
  const refused = tryApprove(name, commit, '--as', account)
  expect(refused.code).not.toBe(0)
  expect(refused.stderr).toContain('approve')
  expect(tryApprove(name, commit).stderr).toBe('')
  expect(cluster.waitForRun(name).status?.phase).toBe('Succeeded')
})

test('a branch of a fork is not trusted for its name', async () => {
  await fork.git('checkout', '--quiet', 'main')
  const commit = await pushToFork({ '.c8s.yaml': file({ steps: using('main-only') }) })
  number = (await stranger.createPullRequest(base.name, { head: `${forkOwner}:main`, base: 'main' })).number
  const status = await base.waitForStatus(commit)
  expect(status.status).toBe('failure')
  expect(status.description).toContain('main-only')
  const jobs = listRuns(cluster, `c8s.dev/commit=${commit}`).flatMap((run) => run.status?.steps ?? [])
  expect(jobs).toEqual([])
})

test('/test runs the head again, /cancel stops it, for people who may write', async () => {
  const commit = await pushToFork({ '.c8s.yaml': file({ steps: [aStep('wait', busybox, 'sleep 100')] }) })
  cluster.run('wait', '--for=create', `pipelineruns.c8s.dev/${nameRun(commit)}`, '--timeout=60s')
  await base.gitea.comment(base.name, number, '/cancel')
  expect(cluster.waitForRun(nameRun(commit)).status?.phase).toBe('Cancelled')
  const { id } = await base.gitea.comment(base.name, number, '/retest')
  const again = nameRun(commit, { occasion: String(id) })
  cluster.run('wait', '--for=create', `pipelineruns.c8s.dev/${again}`, '--timeout=60s')
  expect(cluster.getRun(again).spec.event?.command).toBe('/retest')
})

test('closing the pull request stops what runs for it', async () => {
  const selector = `c8s.dev/connection=base,c8s.dev/pull-request=${number}`
  await base.gitea.editPullRequest(base.name, number, { state: 'closed' })
  await eventually('the end of all its runs', async () =>
    listRuns(cluster, selector).every(({ status }) => status?.completionTime !== undefined) ? true : undefined,
  )
  expect(listRuns(cluster, selector).some(({ status }) => status?.phase === 'Cancelled')).toBe(true)
})
