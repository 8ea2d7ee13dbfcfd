import { afterAll, beforeAll, expect, test } from 'vitest'
import { aConfig, aStep, TestCluster } from '../helpers/cluster.ts'
import {
  aPipelineFile,
  type ConnectedRepository,
  connectRepository,
  getConnection,
  listRuns,
  openTestForge,
  type TestForge,
  waitForDelivery,
  waitForEventRun,
} from '../helpers/connected-repository.ts'
import { eventually } from '../helpers/eventually.ts'

const cluster = new TestCluster('e2e-push')
const busybox = cluster.sample.images['busybox'] ?? ''
const file = (more = {}) => aPipelineFile(busybox, more)

let forge: TestForge
let app: ConnectedRepository
const opened: ConnectedRepository[] = []

async function connect(name: string, more: Partial<Parameters<typeof connectRepository>[0]> = {}) {
  const repository = await connectRepository({ cluster, forge, name, ...more })
  opened.push(repository)
  return repository
}

beforeAll(async () => {
  cluster.createNamespace()
  forge = await openTestForge()
  app = await connect('app')
})
afterAll(async () => {
  for (const repository of opened) repository.remove()
  await forge.address.close()
  cluster.removeNamespace()
})

test('a push becomes a run of exactly that commit, and its result the status of the commit', async () => {
  const commit = await app.push({ 'README.md': 'hello', '.c8s.yaml': file() })
  const run = waitForEventRun(cluster, app.nameRun({ commit }))
  expect(run.status?.phase).toBe('Succeeded')
  expect(run.spec).toMatchObject({
    commit,
    branch: 'main',
    triggeredBy: `gitea:${app.owner.username}`,
    event: { type: 'push', connection: 'app', pipeline: 'app', file: '.c8s.yaml' },
  })
  const status = await app.waitForStatus(commit)
  expect(status.status).toBe('success')
  expect(status.target_url).toContain(`/runs/e2e-push/${run.metadata.name}`)
  const told = (await app.gitea.listStatuses(app.name, commit)).map((one) => one.status)
  expect(told.at(-1)).toBe('pending')
  expect(told.filter((one) => one === 'success')).toHaveLength(1)
})

test('the connection tells of the delivery', async () => {
  const commit = await app.checkout.git('rev-parse', 'HEAD')
  const row = await waitForDelivery(cluster, 'app', commit)
  expect(row).toMatchObject({ verdict: 'Started', event: 'push', runs: [app.nameRun({ commit })] })
})

test('a failing step is a failure, with the step named', async () => {
  const steps = [aStep('unit', busybox, 'echo broken; exit 3')]
  const commit = await app.push({ '.c8s.yaml': file({ steps }) })
  const status = await app.waitForStatus(commit)
  expect(status.status).toBe('failure')
  expect(status.description).toContain('unit')
})

test('an invalid file becomes a failed status that quotes the error with its line; the other pipelines run', async () => {
  const commit = await app.push({
    '.c8s.yaml': `version: v1alpha1\nname: app\nsteps:\n  - name: test\n    image: ${busybox}\n    comands: [ls]\n`,
    '.c8s/second.yaml': file({ name: 'second' }),
  })
  const status = await app.waitForStatus(commit)
  expect(status.status).toBe('failure')
  expect(status.description).toMatch(/\.c8s\.yaml.*\b[456]\b/)
  expect(status.description).toContain('commands')
  expect((await app.waitForStatus(commit, 'c8s/second')).status).toBe('success')
  await app.push({ '.c8s.yaml': file(), '.c8s/second.yaml': null })
})

test('several commits pushed quickly each get a run', async () => {
  const commits: string[] = []
  for (const text of ['1', '2', '3']) commits.push(await app.push({ 'README.md': text }))
  for (const commit of commits) {
    expect(waitForEventRun(cluster, app.nameRun({ commit })).status?.phase).toBe('Succeeded')
  }
})

test('a delivery sent again starts nothing', async () => {
  const commit = await app.push({ 'README.md': 'again' })
  waitForEventRun(cluster, app.nameRun({ commit }))
  const [newest] = await app.gitea.listDeliveries(app.name, app.hook)
  await app.gitea.redeliver(app.name, app.hook, newest?.uuid ?? '')
  await eventually('the repeated delivery', async () => {
    const [last] = await app.gitea.listDeliveries(app.name, app.hook)
    return last?.uuid !== newest?.uuid && last?.state === 'Succeeded' ? last : undefined
  })
  expect(listRuns(cluster, `c8s.dev/connection=app,c8s.dev/commit=${commit}`)).toHaveLength(1)
})

test('[skip ci], tags without a trigger and files that no pipeline looks at start nothing; what a trigger names does', async () => {
  const triggers = { push: { paths: ['src/**'] }, tag: { tags: ['v*'] } }
  const first = await app.push({ '.c8s.yaml': file({ triggers }), 'src/a': 'a' })
  const skipped = await app.push({ 'src/a': 'b' }, 'Change a [skip ci]')
  const elsewhere = await app.push({ 'README.md': 'only this' })
  for (const commit of [skipped, elsewhere]) {
    expect(await waitForDelivery(cluster, 'app', commit)).toMatchObject({ verdict: 'Ignored' })
    expect(listRuns(cluster, `c8s.dev/commit=${commit}`)).toEqual([])
  }
  expect(waitForEventRun(cluster, app.nameRun({ commit: first })).status?.phase).toBe('Succeeded')
  await app.checkout.git('tag', 'v1')
  await app.checkout.git('push', '--quiet', 'origin', 'v1')
  const tagged = waitForEventRun(cluster, app.nameRun({ commit: elsewhere, type: 'tag', ref: 'v1' }))
  expect(tagged.spec.tag).toBe('v1')
  await app.push({ '.c8s.yaml': file() })
})

test('the newest of a group wins, and a deleted branch stops its runs', async () => {
  const slow = {
    steps: [aStep('wait', busybox, 'sleep 100')],
    concurrency: { cancelInProgress: true },
    triggers: { push: { cancelWhenDeleted: true } },
  }
  await app.checkout.git('checkout', '--quiet', '-b', 'feature/slow')
  const older = await app.push({ '.c8s.yaml': file(slow) })
  const first = `pipelineruns.c8s.dev/${app.nameRun({ commit: older, ref: 'feature/slow' })}`
  cluster.run('wait', '--for=create', first, '--timeout=60s')
  const newer = await app.push({ 'README.md': 'newer' })
  const replaced = waitForEventRun(cluster, app.nameRun({ commit: older, ref: 'feature/slow' }))
  expect(replaced.status).toMatchObject({ phase: 'Cancelled' })
  expect((await app.waitForStatus(older)).status).toBe('error')
  const name = app.nameRun({ commit: newer, ref: 'feature/slow' })
  expect(cluster.getRun(name).spec.cancel).toBeUndefined()
  await app.checkout.git('push', '--quiet', 'origin', '--delete', 'feature/slow')
  expect(waitForEventRun(cluster, name).status?.phase).toBe('Cancelled')
  await app.checkout.git('checkout', '--quiet', 'main')
})

test('a private repository is read and cloned with a token', async () => {
  const hidden = await connect('hidden', { isPrivate: true })
  const commit = await hidden.push({ 'README.md': 'x', '.c8s.yaml': file() })
  expect((await hidden.waitForStatus(commit)).status).toBe('success')
})

test('a config in the cluster runs instead of files of the repository', async () => {
  const central = await connect('central', { spec: { pipelineConfigRef: 'shared' } })
  cluster.apply(aConfig('shared', { repository: central.url, steps: [aStep('only', busybox, 'test -f README.md')] }))
  const commit = await central.push({ 'README.md': 'x', '.c8s.yaml': 'nonsense: [' })
  const run = waitForEventRun(cluster, central.nameRun({ commit, pipeline: 'shared' }))
  expect(run.status?.phase).toBe('Succeeded')
  expect((await central.waitForStatus(commit, 'c8s/shared')).status).toBe('success')
})

test('a webhook that was taken away at the forge comes back', async () => {
  await app.gitea.deleteHook(app.name, app.hook)
  cluster.run('annotate', 'repositoryconnections.c8s.dev', 'app', 'touched=1')
  cluster.run('patch', 'repositoryconnections.c8s.dev', 'app', '--type=merge', '-p', '{"spec":{"pollInterval":"10m"}}')
  const hooks = await eventually('the webhook', async () => {
    const found = await app.gitea.listHooks(app.name)
    return found.length > 0 ? found : undefined
  })
  expect(hooks).toHaveLength(1)
  expect(hooks[0]?.config['url']).toBe(getConnection(cluster, 'app').status?.webhookURL)
})

test('a Secret that allows the connection reaches a pipeline of its commits, another does not', async () => {
  cluster.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'granted', annotations: { 'c8s.dev/usable-by': 'connection:app' } },
      stringData: { key: 'granted-7c1d' },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'closed' }, stringData: { key: 'closed-5e2a' } },
  )
  const using = (secretRef: string) => [
    { ...aStep('use', busybox, `test -n "$key" && echo "it is $key"`), secrets: [{ secretRef, key: 'key' }] },
  ]
  const granted = await app.push({ '.c8s.yaml': file({ steps: using('granted') }) })
  const run = waitForEventRun(cluster, app.nameRun({ commit: granted }))
  expect(run.status?.phase).toBe('Succeeded')
  expect(cluster.logOf(run, 'use')).toContain('it is ***')
  const refused = await app.push({ '.c8s.yaml': file({ steps: using('closed') }) })
  const status = await app.waitForStatus(refused)
  expect(status.status).toBe('failure')
  expect(status.description).toContain('closed')
})
