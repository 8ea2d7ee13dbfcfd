import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, server } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aConnection,
  aForkRun,
  aNamespace,
  anInlineRun,
  anOwnJob,
  aRejectedRun,
  aRun,
  aSecret,
  fullCommit,
} from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
const usable = aSecret('registry', { annotations: { 'c8s.dev/usable-by': '*' } })
const secrets = [{ secretRef: 'registry', key: 'token' }]

async function start() {
  const kube = new FakeKube()
  await seed(kube, aConfig(), aConnection(), aNamespace(), usable)
  return { kube, admission: createTestAdmission(kube) }
}

/** What the log is told of the creation of a run. */
async function createRun(run: PipelineRun, user = dev) {
  const { admission } = await start()
  const { object } = await admission.mutate({ type, object: run, user })
  return admission.audit({ type, object, user })
}

test('of a run: who, which config at which generation, which commit, and the decision', async () => {
  expect(await createRun(aRun())).toMatchObject({
    decision: 'allowed',
    'triggered-by': 'dev',
    config: 'app@1',
    commit: 'abc1234',
    trust: 'trusted',
  })
})

test('of a refused run the first code', async () => {
  expect(await createRun(aRun({ pipelineConfigRef: 'gone' }))).toMatchObject({ decision: 'NotFound', config: 'gone' })
})

test('of a run that somebody brings whole', async () => {
  expect(await createRun(anInlineRun())).toMatchObject({ config: 'inline', decision: 'allowed' })
})

test('of a fork: that nobody vouches for it, by which connection it came, and who told', async () => {
  expect(await createRun(aForkRun(), server)).toMatchObject({
    trust: 'ForkPullRequest',
    event: 'pullRequest',
    connection: 'forge',
    'received-by': server.username,
  })
})

test('of a run that only tells why nothing can run', async () => {
  expect(await createRun(aRejectedRun(), server)).toMatchObject({ rejected: 'UnknownStep' })
})

async function change(run: PipelineRun, spec: Partial<PipelineRun['spec']>) {
  const { admission } = await start()
  const { object: oldObject } = await admission.mutate({ type, object: run, user: server })
  const wanted = { ...oldObject, spec: { ...(oldObject as PipelineRun).spec, ...spec } }
  const { object } = await admission.mutate({ type, object: wanted, oldObject })
  return admission.audit({ type, object, oldObject })
}

test('of an approval: by whom, and of which commit', async () => {
  expect(await change(aForkRun(), { approvedCommit: fullCommit })).toMatchObject({
    'approved-commit': fullCommit,
    'approved-by': 'dev',
    trust: 'ForkPullRequest, approved',
  })
})

test('of an approved step: which, how and by whom', async () => {
  const notes = await change(aForkRun(), { approvals: { release: 'Approved' } })
  expect(notes).toMatchObject({ approvals: 'release=Approved', 'approvals-by': 'dev' })
})

test('of a cancel: by whom', async () => {
  expect(await change(aForkRun(), { cancel: true })).toMatchObject({ 'cancelled-by': 'dev' })
})

test('of a step’s Job: of which run, which attempt, what was injected and which Secrets by name', async () => {
  const { kube, admission } = await start()
  const steps = [{ name: 'test', image: 'node:24', commands: ['npm test'], secrets }]
  const { object } = await admission.mutate({ type, object: anInlineRun({ steps }) })
  const run = await kube.create(type, object as PipelineRun)
  const step = run.spec.plan?.steps[0]
  if (step === undefined) throw new Error('the run has no plan')
  const job = {
    type: resourceTypes.job,
    object: renderJob({ run, step, attempt: 2, ttlSeconds: 60 }),
    user: controller,
  }
  const injected: KubeObject = (await admission.mutate(job)).object
  expect(await admission.audit({ ...job, object: injected })).toMatchObject({
    'job-type': 'step',
    run: 'app-1',
    step: 'test',
    attempt: '2',
    commit: 'abc1234',
    secrets: 'registry',
    injected: expect.stringContaining('shipper@'),
    decision: 'allowed',
  })
})

test('of a user’s own Job: what it asked for', async () => {
  const { admission } = await start()
  const object = anOwnJob({ 'c8s.dev/secrets': JSON.stringify(secrets) })
  const notes = await admission.audit({ type: resourceTypes.job, object })
  expect(notes).toMatchObject({ 'job-type': 'own', secrets: 'registry' })
})

test('values are short, and what is empty is left out', async () => {
  const notes = await createRun(aRun({ branch: 'x'.repeat(200), commit: 'a'.repeat(5000) }))
  expect(Object.values(notes ?? {}).every((value) => value !== '' && value.length <= 512)).toBe(true)
})

test('the keys are public', async () => {
  const all = [
    await createRun(aForkRun({ rerunOf: { run: 'before' }, parent: { name: 'p', uid: 'u', step: 's' } }), server),
    await createRun(aRejectedRun(), server),
    await change(aForkRun(), { approvedCommit: fullCommit, approvals: { release: 'Approved' }, cancel: true }),
    { 'plan-hash': '' },
    ...['job-type', 'run', 'step', 'attempt', 'injected', 'secrets'].map((key) => ({ [key]: '' })),
  ]
  const keys = [...new Set(all.flatMap((notes) => Object.keys(notes ?? {})))].toSorted()
  const golden = join(import.meta.dirname, '../../test/golden/audit-keys.txt')
  await expect(`${keys.join('\n')}\n`).toMatchFileSnapshot(golden)
})
