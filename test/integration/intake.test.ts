import process from 'node:process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PipelineRun, RepositoryConnection } from '../../crds/kinds.ts'
import { serverUser } from '../../crds/labels.ts'
import { createIntake } from '../../src/forge/intake/intake.ts'
import type { Intake } from '../../src/forge/part.ts'
import { type KubeConnection, openConnection } from '../../src/kube/connection.ts'
import { systemClock } from '../../src/kube/system-clock.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { aSecret } from '../helpers/admission-objects.ts'
import { AnsweringForge } from '../helpers/answering-forge.ts'
import { aComment, aCommit, aPullRequest, aPullRequestEvent, aPush } from '../helpers/forge-events.ts'
import { aFile, aSecretFile, repository } from '../helpers/intake-world.ts'
import { patientTimers } from '../helpers/patient-timers.ts'
import { type RunningWebhooks, startWebhooks } from '../helpers/running-webhooks.ts'

/** Intakes as the server role runs them, on a real API server that asks the webhooks of this process. */
let kube: KubeConnection
let webhooks: RunningWebhooks
let connection: RepositoryConnection
const forge = new AnsweringForge()
const faults: unknown[] = []

/** One of several replicas. */
function openIntake(): Intake {
  const log = { info: () => undefined, warn: () => undefined, error: (fields: object) => faults.push(fields) }
  const client = webhooks.impersonate(serverUser)
  return createIntake({ client, openForge: async () => forge, clock: systemClock, timers: patientTimers, log })
}

async function listRuns(commit: string): Promise<readonly PipelineRun[]> {
  const { namespace } = webhooks
  const { items } = await webhooks.admin.list<PipelineRun>(resourceTypes.pipelineRun, { namespace })
  return items.filter(({ spec }) => spec.commit === commit)
}

beforeAll(async () => {
  kube = await openConnection(process.env)
  webhooks = await startWebhooks(kube)
  forge.writers.add('alice')
  const spec = { repository, provider: 'gitea' } as const
  const metadata = { name: 'web', namespace: webhooks.namespace }
  connection = await webhooks.admin.create<RepositoryConnection>(resourceTypes.repositoryConnection, { metadata, spec })
})

afterAll(async () => {
  await webhooks.stop()
  kube.close()
  expect([...faults, ...webhooks.faults]).toEqual([])
})

it('fifty copies of one event at two intakes make one run', async () => {
  const commit = aCommit('1')
  forge.setFile(commit, aFile('ci'))
  const copies = [openIntake(), openIntake()].flatMap((intake) =>
    Array.from({ length: 25 }, () => intake.handle(connection, aPush({ commit }))),
  )
  const reasons = (await Promise.all(copies)).map(({ reason }) => reason)
  expect(reasons.filter((reason) => reason === 'Started')).toHaveLength(1)
  expect(reasons.filter((reason) => reason === 'AlreadyStarted')).toHaveLength(49)
  const [run, ...others] = await listRuns(commit)
  expect(others).toEqual([])
  expect(run?.metadata.labels).toMatchObject({ 'c8s.dev/connection': 'web', 'c8s.dev/pipeline': 'ci' })
  expect(run?.spec).toMatchObject({
    triggeredBy: 'gitea:alice',
    event: { receivedBy: serverUser },
    plan: { repository },
  })
})

it('each pipeline of a commit has its run, and a broken one is told', async () => {
  const commit = aCommit('2')
  for (let index = 0; index < 12; index += 1) forge.setFile(commit, aFile(`p${index}`), `.c8s/p${index}.yaml`)
  forge.setFile(commit, 'name: broken\n', '.c8s/broken.yaml')
  expect(await openIntake().handle(connection, aPush({ commit }))).toMatchObject({ verdict: 'Started' })
  const runs = await listRuns(commit)
  expect(runs).toHaveLength(13)
  const rejected = runs.filter(({ spec }) => spec.rejected !== undefined)
  expect(rejected.map(({ spec }) => [spec.event?.pipeline, spec.rejected?.reason])).toEqual([
    ['broken', 'ConfigInvalid'],
  ])
})

it('what admission refuses is told by a run, and runs once it is allowed', async () => {
  const commit = aCommit('3')
  forge.setFile(commit, aSecretFile('ci'))
  const refused = await openIntake().handle(connection, aPush({ commit }))
  expect(refused).toMatchObject({ verdict: 'Started', runs: [expect.stringMatching(/^ci-/)] })
  expect(refused.message).toMatch(/^ci cannot run: \.c8s\.yaml:\d+: steps\[0\]\.secrets\[0\]/)
  const annotations = { 'c8s.dev/usable-by': 'connection:web' }
  await webhooks.admin.create(resourceTypes.secret, aSecret('token', { namespace: webhooks.namespace, annotations }))
  expect(await openIntake().handle(connection, aPush({ commit }))).toMatchObject({
    verdict: 'Started',
    reason: 'Started',
  })
  expect(await listRuns(commit)).toHaveLength(2)
})

it('a fork is untrusted until somebody who may write approves its commit', async () => {
  const commit = aCommit('4')
  forge.setFile(commit, aSecretFile('ci'))
  forge.pullRequests.set(7, aPullRequest({ commit }))
  const intake = openIntake()
  expect(await intake.handle(connection, aPullRequestEvent(aPullRequest({ commit })))).toMatchObject({
    verdict: 'Started',
  })
  const [waiting] = await listRuns(commit)
  expect(waiting?.spec.plan?.untrusted?.reason).toBe('ForkPullRequest')
  const createdAt = new Date(Date.parse(waiting?.spec.event?.receivedAt ?? '') + 1).toISOString()
  const asked = (author: string) => intake.handle(connection, aComment('/ok-to-test', { author, createdAt }))
  expect(await asked('mallory')).toMatchObject({ verdict: 'Refused', reason: 'NotAllowed' })
  expect(await asked('alice')).toMatchObject({ verdict: 'Done', reason: 'Approved' })
  const [approved] = await listRuns(commit)
  expect(approved?.spec).toMatchObject({ approvedCommit: commit, approvedBy: 'gitea:alice' })
  const closed = await intake.handle(connection, aPullRequestEvent(aPullRequest({ commit }), 'closed'))
  expect(closed).toMatchObject({ verdict: 'Done', reason: 'Cancelled' })
  expect((await listRuns(commit))[0]?.spec.cancel).toBe(true)
})
