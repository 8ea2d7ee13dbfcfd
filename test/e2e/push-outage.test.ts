import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
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
import { killPart } from '../helpers/local-parts.ts'

const cluster = new TestCluster('e2e-push-outage')
const system = new TestCluster('c8s-system')
const busybox = cluster.sample.images['busybox'] ?? ''
const pushes = 100

let forge: TestForge
let app: ConnectedRepository

/** Every third fails, so that a status that is merely green proves nothing. */
const fails = (n: number) => n % 3 === 0
const file = (n: number) => {
  const step = { ...aStep('test', busybox, fails(n) ? 'exit 1' : 'true'), clone: false }
  return aPipelineFile(busybox, { steps: [step] })
}

/** Ends the processes of a role without a word, as a lost node would. */
function killRole(role: string): void {
  system.try(
    'delete',
    'pods',
    '-l',
    `app.kubernetes.io/component=${role}`,
    '--grace-period=0',
    '--force',
    '--wait=false',
  )
}

/** As a forge that repeats what failed, and an operator who presses the button: each failed delivery once more. */
function startRedelivering(): { stop(): Promise<number> } {
  const repeated = new Set<string>()
  const stopping = new AbortController()
  const repeatFailed = async (): Promise<number> => {
    const failed = await app.gitea.listFailedDeliveries(app.name, app.hook)
    const fresh = failed.filter(({ uuid }) => !repeated.has(uuid))
    for (const { uuid } of fresh) {
      repeated.add(uuid)
      await app.gitea.redeliver(app.name, app.hook, uuid)
    }
    return fresh.length
  }
  const hasOpen = async (): Promise<boolean> => {
    const deliveries = await app.gitea.listDeliveries(app.name, app.hook)
    return deliveries.some(({ state }) => state === 'Waiting')
  }
  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await repeatFailed()
      await pause(500)
    }
    // What is repeated now may fail once more, and so may what is under way.
    while ((await repeatFailed()) > 0 || (await hasOpen())) await pause(1000)
  })()
  return {
    stop: async () => {
      stopping.abort()
      await loop
      return repeated.size
    },
  }
}

beforeAll(async () => {
  cluster.createNamespace()
  forge = await openTestForge()
  app = await connectRepository({ cluster, forge, name: 'app' })
})
afterAll(async () => {
  system.run('scale', 'deployment/c8s-server', '--replicas=2')
  app.remove()
  await forge.address.close()
  cluster.removeNamespace()
})

test('receiver, controller and API server are killed amid 100 deliveries: each commit has one run and the right status', async () => {
  const redelivering = startRedelivering()
  const commits: string[] = []
  let apiServer = Promise.resolve()
  for (let n = 0; n < pushes; n += 1) {
    commits.push(await app.push({ '.c8s.yaml': file(n), n: String(n) }))
    if (n === 20 || n === 60) killRole('server')
    if (n === 30 || n === 70) killRole('controller')
    if (n === 45) apiServer = killPart('kube-apiserver', 3)
  }
  await apiServer
  const repeated = await redelivering.stop()
  expect(repeated).toBeGreaterThan(0)

  for (const [n, commit] of commits.entries()) {
    const run = waitForEventRun(cluster, app.nameRun({ commit }))
    expect(run.status?.phase).toBe(fails(n) ? 'Failed' : 'Succeeded')
    expect((await app.waitForStatus(commit)).status).toBe(fails(n) ? 'failure' : 'success')
  }
  const runs = listRuns(cluster, 'c8s.dev/connection=app')
  expect(runs.map(({ spec }) => spec.commit).toSorted()).toEqual(commits.toSorted())
}, 1_200_000)

test('a push whose delivery nobody took gets its run once the heads are compared, and only one', async () => {
  system.run('scale', 'deployment/c8s-server', '--replicas=0')
  system.run('wait', 'pods', '-l', 'app.kubernetes.io/component=server', '--for=delete', '--timeout=60s')
  const patch = '{"spec":{"pollInterval":"10s"}}'
  cluster.run('patch', 'repositoryconnections.c8s.dev', 'app', '--type=merge', '-p', patch)
  await eventually('the first look at the heads', async () =>
    (getConnection(cluster, 'app').status?.heads ?? []).length > 0 ? true : undefined,
  )
  const commit = await app.push({ '.c8s.yaml': file(1), n: 'missed' })
  const name = app.nameRun({ commit })
  expect(waitForEventRun(cluster, name).status?.phase).toBe('Succeeded')
  system.run('scale', 'deployment/c8s-server', '--replicas=2')
  system.run('rollout', 'status', 'deployment/c8s-server', '--timeout=90s')
  const [failed] = await app.gitea.listFailedDeliveries(app.name, app.hook)
  await app.gitea.redeliver(app.name, app.hook, failed?.uuid ?? '')
  await eventually('the repeated delivery', async () => {
    const [last] = await app.gitea.listDeliveries(app.name, app.hook)
    return last?.uuid !== failed?.uuid && last?.state === 'Succeeded' ? last : undefined
  })
  expect(listRuns(cluster, `c8s.dev/commit=${commit}`)).toHaveLength(1)
  expect((await app.waitForStatus(commit)).status).toBe('success')
}, 300_000)
