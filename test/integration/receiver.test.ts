import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { apiVersion } from '../../crds/labels.ts'
import { composeForgeSide } from '../../src/bin/forge-side.ts'
import { createDeliveriesPart } from '../../src/forge/deliveries/part.ts'
import { createIntake } from '../../src/forge/intake/intake.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { openConnection } from '../../src/kube/connection.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { systemTimers } from '../../src/kube/timers.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { type RunningReceiver, runReceiver } from '../../src/receiver/run.ts'
import { incomingProviders } from '../../src/vcs/incoming/registry.ts'
import { waitFor } from '../helpers/controller-playground.ts'
import { signByOpenssl } from '../helpers/forge-deliveries.ts'
import { createPartDeps } from '../helpers/forge-part.ts'
import { patientTimers } from '../helpers/patient-timers.ts'
import { type GitHubDelivery, type Reply, renderDelivery, renderPush, type Sent, send } from '../helpers/receiver.ts'
import { type ServedKinds, serveKinds } from '../helpers/served-kinds.ts'

const repository = 'https://git.test/team/app'
const secrets = { 'team-a': 'correct horse', 'team-b': 'battery staple' } as const
type Team = keyof typeof secrets

let served: ServedKinds
let api: KubeApi
const receivers: RunningReceiver[] = []
const lines: string[] = []

beforeAll(async () => {
  served = await serveKinds()
  api = served.api
  process.env['KUBECONFIG'] = served.server.kubeconfig
  for (const team of ['team-a', 'team-b'] as const) await connectTeam(team)
  receivers.push(await startReplica(), await startReplica())
  await waitFor(async () => ((await Promise.all(receivers.map(isReady))).every(Boolean) ? true : undefined), 10_000)
})

afterAll(async () => {
  await Promise.all(receivers.map((receiver) => receiver.stop()))
  await served.stop()
})

let serial = 0
/** A new commit for each test. */
let commit = ''
beforeEach(() => {
  serial += 1
  commit = serial.toString(16).padStart(40, 'c')
})

async function connectTeam(team: Team): Promise<void> {
  await api.create(resourceTypes.namespace, { metadata: { name: team } })
  const stored = { metadata: { name: 'hook', namespace: team }, stringData: { 'webhook-secret': secrets[team] } }
  await api.create(resourceTypes.secret, stored)
  const config = {
    apiVersion,
    kind: 'PipelineConfig',
    metadata: { name: 'app', namespace: team },
    spec: { repository, steps: [{ name: 'test', image: 'node:24', commands: ['true'] }] },
  }
  await api.create(resourceTypes.pipelineConfig, config)
  const spec = { repository, provider: 'github', webhookSecretRef: 'hook', pipelineConfigRef: 'app' }
  const connection = { apiVersion, kind: 'RepositoryConnection', metadata: { name: 'forge', namespace: team }, spec }
  await api.create(resourceTypes.repositoryConnection, connection)
}

/** As src/bin/server.ts puts it together, but with more time for what is asked of the API server. */
async function startReplica(): Promise<RunningReceiver> {
  const connection = await openConnection(process.env)
  const client = createKubeClient(connection, { fieldManager: 'c8s-server', timeoutMs: 10_000 })
  const write = (fields: object, message: string) => lines.push(`${message} ${JSON.stringify(fields)}`)
  const shared = { clock: systemClock, timers: systemTimers, log: { info: write, warn: write, error: write } }
  const side = composeForgeSide({ ...shared, client, component: 'c8s-server', environment: {} })
  const intake = createIntake({ ...shared, client, openForge: side.openForge, timers: patientTimers })
  const ports = { port: 0, healthPort: 0, drainMs: 0 }
  const rate = { perSecond: 200, burst: 2000 }
  const running = await runReceiver({
    ...shared,
    ...side,
    ...ports,
    intake,
    api: client,
    providers: incomingProviders,
    rate,
  })
  return { ...running, stop: () => running.stop().finally(() => connection.close()) }
}

async function isReady({ healthPort }: RunningReceiver): Promise<boolean> {
  return (await send(healthPort, { method: 'GET', path: '/readyz' })).status === 200
}

const portOf = (replica = 0) => receivers[replica]?.port ?? 0
const signature = (body: string, secret: string) => `sha256=${signByOpenssl(secret, body).toString('hex')}`
const push = () => renderPush(repository, commit)

interface Signed extends Partial<GitHubDelivery> {
  readonly team?: Team
  readonly replica?: number
}

function deliver({ team = 'team-a', replica = 0, ...delivery }: Signed = {}): Promise<Reply> {
  const body = delivery.body ?? push()
  const headers = { 'x-hub-signature-256': signature(body, secrets[team]), ...delivery.headers }
  return send(portOf(replica), renderDelivery({ ...delivery, body, headers }))
}

async function listRuns(): Promise<readonly string[]> {
  const { items } = await api.list<PipelineRun>(resourceTypes.pipelineRun)
  return items
    .filter(({ spec }) => spec.commit === commit)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
}

it('stores a run before it answers, in the namespace of the connection whose secret signed', async () => {
  const reply = await deliver({ team: 'team-b', id: 'd-1' })
  expect(reply.status, reply.text).toBe(200)
  const { verdict, runs } = JSON.parse(reply.text) as { verdict: string; runs: { namespace: string; name: string }[] }
  expect(verdict).toBe('Started')
  expect(runs).toHaveLength(1)
  expect(await listRuns()).toEqual([`team-b/${runs[0]?.name}`])
  const run = await api.get<PipelineRun>(resourceTypes.pipelineRun, { namespace: 'team-b', name: runs[0]?.name ?? '' })
  expect(run?.spec).toMatchObject({
    commit,
    branch: 'main',
    event: { type: 'push', connection: 'forge', delivery: 'd-1' },
  })
})

it('answers whoever cannot sign in one way, and starts nothing', async () => {
  const body = push()
  const right = signature(body, secrets['team-a'])
  const signed = (given?: string): Sent =>
    renderDelivery({ body, headers: given === undefined ? {} : { 'x-hub-signature-256': given } })
  const unknown = renderPush('https://git.test/no/such', commit)
  const replies = await Promise.all(
    [
      signed(),
      signed(signature(body, 'wrong')),
      signed(right.slice(0, -2)),
      signed(right.slice(0, 30)),
      signed(''),
      renderDelivery({ body: unknown, headers: { 'x-hub-signature-256': signature(unknown, secrets['team-a']) } }),
      { ...signed(right), path: '/webhooks/gitlab' },
    ].map((sent) => send(portOf(), sent)),
  )
  for (const { status, headers, text } of replies) {
    expect([status, text]).toEqual([401, replies[0]?.text])
    expect({ ...headers, date: '' }).toEqual({ ...replies[0]?.headers, date: '' })
  }
  expect(await listRuns()).toEqual([])
})

it('turns away what is too large, reads forms, answers pings and explains what it ignores', async () => {
  const tooLarge = { 'content-length': String(26 * 1024 * 1024) }
  expect(
    (
      await send(portOf(), {
        ...renderDelivery({ body: '' }),
        headers: { ...renderDelivery({ body: '' }).headers, ...tooLarge },
      })
    ).status,
  ).toBe(413)
  const about = { repository: { clone_url: `${repository}.git` } }
  expect((await deliver({ event: 'ping', body: JSON.stringify(about) })).status).toBe(200)
  const star = await deliver({ event: 'star', body: JSON.stringify(about) })
  expect([star.status, JSON.parse(star.text)]).toMatchObject([200, { verdict: 'Ignored' }])
  expect(await listRuns()).toEqual([])
  const form = `payload=${encodeURIComponent(push())}`
  const reply = await deliver({ body: form, headers: { 'content-type': 'application/x-www-form-urlencoded' } })
  expect([reply.status, await listRuns()]).toMatchObject([200, [expect.stringMatching(/^team-a\//)]])
})

it('takes others while some send slowly, and ends those after 10 s', async () => {
  const slow = Array.from({ length: 100 }, () => openSlow(portOf()))
  let ended = 0
  for (const one of slow) void one.then(() => (ended += 1))
  const began = performance.now()
  expect((await deliver()).status).toBe(200)
  expect(ended).toBe(0)
  const answers = await Promise.all(slow)
  expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 408 Request Timeout']))
  expect(performance.now() - began).toBeLessThan(40_000)
})

/** Sends one byte a second of a body; answers with the first line that comes back. */
function openSlow(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket: Socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /webhooks/github HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 999\r\n\r\n{',
    )
    const timer = setInterval(() => socket.write(' '), 1000)
    const end = (answer: string) => {
      clearInterval(timer)
      socket.destroy()
      resolve(answer)
    }
    socket.once('data', (data: Buffer) => end(data.toString().split('\r\n')[0] ?? ''))
    socket.once('error', (error) => end(error.message)).once('close', () => end('closed'))
  })
}

it('makes one run of 50 copies at once at two replicas', async () => {
  const copies = Array.from({ length: 50 }, (_, n) => deliver({ replica: n % 2, id: `copy-${n % 5}` }))
  const replies = await Promise.all(copies)
  expect(replies.map(({ status }) => status)).toEqual(copies.map(() => 200))
  expect(await listRuns()).toHaveLength(1)
})

it('asks to send again while the API server is away, and then makes one run', async () => {
  await served.server.takeDown()
  const away = await Promise.all([deliver({ replica: 0 }), deliver({ replica: 1 })])
  await served.server.bringBack()
  expect(away.map(({ status }) => status)).toEqual([503, 503])
  expect(Number(away[0]?.headers['retry-after'])).toBeGreaterThan(0)
  for (const replica of [0, 1]) {
    await expect.poll(async () => (await deliver({ replica })).status, { timeout: 10_000 }).toBe(200)
  }
  expect(await listRuns()).toHaveLength(1)
})

it('shows in status what came of deliveries', async () => {
  const started = await createPartDeps({ kube: api })
  const part = createDeliveriesPart(started.deps)
  part.start()
  await deliver({ id: 'shown-1' })
  const wrong = { 'x-hub-signature-256': signature(push(), 'wrong') }
  await deliver({ id: 'hidden-1', headers: wrong, team: 'team-b' })
  const readRows = async () => {
    const key = { namespace: 'team-a', name: 'forge' }
    const connection = await api.get<RepositoryConnection>(resourceTypes.repositoryConnection, key)
    return connection?.status
  }
  const find = async (id: string) => (await readRows())?.deliveries?.find((row) => row.id === id)
  await expect
    .poll(() => find('shown-1'), { timeout: 10_000 })
    .toMatchObject({ verdict: 'Started', commit, event: 'push' })
  expect((await readRows())?.lastEvent).toMatchObject({ type: 'push', commit })
  expect(await find('hidden-1')).toBeUndefined()
  expect((await readRows())?.deliveries?.length).toBeLessThanOrEqual(20)
  await part.stop()
  await started.stop()
})

it('has not written a secret or a signature into its log', () => {
  expect(lines.join('\n')).not.toMatch(/correct horse|battery staple|sha256=/)
})
