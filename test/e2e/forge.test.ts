import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ServiceAddress } from '../../deploy/install/service-address.ts'
import { createStderrProgress } from '../../deploy/local/progress.ts'
import { openForgeAddress } from '../../deploy/sample/forge/address.ts'
import { type DeployedForge, deployForge } from '../../deploy/sample/forge/deploy.ts'
import { readChosenCluster, TestCluster } from '../helpers/cluster.ts'
import { type DeliveryListener, startDeliveryListener } from '../helpers/delivery-listener.ts'
import { type Gitea, openGitea } from '../helpers/gitea.ts'

const cluster = new TestCluster('e2e-forge')
const secret = 'of this test alone'
let deployed: DeployedForge
let address: ServiceAddress
let admin: Gitea
let ada: Gitea
let listener: DeliveryListener

beforeAll(async () => {
  cluster.createNamespace()
  const chosen = readChosenCluster()
  deployed = await deployForge(chosen, createStderrProgress(), { namespace: cluster.namespace })
  address = await openForgeAddress(chosen, cluster.namespace)
  admin = openGitea(address.url, deployed.admin)
  ada = admin.as(await admin.createUser('ada'))
  listener = startDeliveryListener(cluster, cluster.sample.images['sample-tools'] ?? '')
  // Gitea may have to be built first.
}, 900_000)

afterAll(async () => {
  listener.stop()
  await address.close()
  cluster.removeNamespace()
})

/** What openssl, which shares no code with anybody here, makes of the bytes. */
function sign(body: Buffer): string {
  const printed = execFileSync('openssl', ['dgst', '-sha256', '-hmac', secret, '-r'], { input: body, encoding: 'utf8' })
  return printed.split(' ')[0] ?? ''
}

test('a push becomes a signed delivery with the names that pods use', async () => {
  const { full_name: repository, clone_url } = await ada.createRepository('pushed', { private: true })
  expect(clone_url).toBe(`${deployed.url}/ada/pushed.git`)
  await ada.createHook(repository, { url: `${listener.url}/push`, secret })
  const checkout = await ada.checkout(repository)
  const commit = await checkout.commit({ 'README.md': 'hello\n' })
  await checkout.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main')
  checkout.remove()

  const { headers, body } = await listener.next()
  expect(headers['x-gitea-signature']).toBe(sign(body))
  expect(headers['x-gitea-event']).toBe('push')
  expect(JSON.parse(body.toString())).toMatchObject({
    ref: 'refs/heads/main',
    after: commit,
    pusher: { login: 'ada' },
    repository: { full_name: repository, clone_url: `${deployed.url}/ada/pushed.git` },
  })
})

test('statuses are written and read', async () => {
  const { full_name: repository } = await ada.createRepository('statuses')
  const checkout = await ada.checkout(repository)
  const commit = await checkout.commit({ a: '1' })
  await checkout.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main')
  checkout.remove()
  const token = await ada.createToken('statuses', ['write:repository'])
  expect(await ada.getCombinedStatus(repository, commit)).toMatchObject({ statuses: [] })
  await admin.as({ token }).createStatus(repository, commit, { context: 'c8s/test', state: 'pending' })
  await admin.as({ token }).createStatus(repository, commit, { context: 'c8s/test', state: 'success' })
  expect((await ada.listStatuses(repository, commit)).map(({ status }) => status)).toEqual(['success', 'pending'])
  expect(await ada.getCombinedStatus(repository, commit)).toMatchObject({
    state: 'success',
    statuses: [{ context: 'c8s/test', status: 'success' }],
  })
})

test('a delivery that failed is found and sent again', async () => {
  const { full_name: repository } = await ada.createRepository('again')
  const hook = await ada.createHook(repository, { url: `${listener.url}/fails-once/again`, secret })
  const checkout = await ada.checkout(repository)
  await checkout.commit({ a: '1' })
  await checkout.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main')
  checkout.remove()

  const first = await listener.next()
  await expect
    .poll(() => ada.listFailedDeliveries(repository, hook.id), { timeout: 60_000 })
    .toEqual([{ uuid: first.headers['x-gitea-delivery'], state: 'Failed', status: 503 }])
  const again = await ada.redeliver(repository, hook.id, first.headers['x-gitea-delivery'] ?? '')
  const second = await listener.next()
  expect(second.headers['x-gitea-delivery']).toBe(again)
  expect(second.body).toEqual(first.body)
  await expect
    .poll(() => ada.listDeliveries(repository, hook.id), { timeout: 60_000 })
    .toMatchObject([
      { uuid: again, state: 'Succeeded', status: 204 },
      { state: 'Failed', status: 503 },
    ])
}, 300_000)

test('forks, pull requests, comments, tags, force pushes and deletions come as deliveries of their own', async () => {
  const { full_name: repository } = await ada.createRepository('events')
  const checkout = await ada.checkout(repository)
  await checkout.commit({ a: '1' })
  await checkout.git('push', '--quiet', 'origin', 'HEAD:refs/heads/main')
  const bob = admin.as(await admin.createUser('bob'))
  const { full_name: fork } = await bob.fork(repository)
  const events = [
    'push',
    'create',
    'delete',
    'pull_request',
    'pull_request_sync',
    'issue_comment',
    'pull_request_comment',
  ]
  const hook = await ada.createHook(repository, { url: `${listener.url}/events`, secret, events })
  expect((await ada.listHooks(repository)).map(({ id }) => id)).toEqual([hook.id])
  const hear = async (...wanted: readonly string[]): Promise<void> => {
    const heard: string[] = []
    while (heard.length < wanted.length) {
      const { headers, body } = await listener.next()
      const { action } = JSON.parse(body.toString()) as { action?: string }
      heard.push([headers['x-gitea-event-type'], action].filter(Boolean).join(' '))
    }
    expect(heard.sort()).toEqual([...wanted].sort())
  }

  const theirs = await bob.checkout(fork)
  await theirs.commit({ b: '1' })
  await theirs.git('push', '--quiet', 'origin', 'HEAD:refs/heads/change')
  const pull = await bob.createPullRequest(repository, { head: 'bob:change', base: 'main' })
  await hear('pull_request opened')
  await theirs.commit({ b: '2' })
  await theirs.git('push', '--quiet', 'origin', 'HEAD:refs/heads/change')
  await hear('pull_request_sync synchronized')
  theirs.remove()
  const comment = await ada.comment(repository, pull.number, '/ok-to-test')
  await hear('pull_request_comment created')
  expect((await ada.listComments(repository, pull.number)).map(({ id }) => id)).toEqual([comment.id])

  await checkout.git('tag', 'v1')
  await checkout.git('push', '--quiet', 'origin', 'v1')
  await hear('create', 'push')
  await checkout.git('commit', '--quiet', '--amend', '--message', 'Another')
  await checkout.git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main')
  await hear('push')
  await checkout.git('push', '--quiet', 'origin', ':v1')
  await hear('delete', 'push')
  await checkout.git('push', '--quiet', 'origin', 'HEAD:refs/heads/feature/x')
  await hear('create', 'push')
  await ada.deleteBranch(repository, 'feature/x')
  await hear('delete')
  await ada.editPullRequest(repository, pull.number, { state: 'closed' })
  await hear('pull_request closed')
  checkout.remove()
}, 300_000)
