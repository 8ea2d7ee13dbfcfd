import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { PipelineRunStatus, StepStatus } from '../../crds/pipeline-run.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { createTestAdmission, dev, seed, server } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aConnection,
  aForkRun,
  anEvent,
  anInlineRun,
  aPullRequest,
  aRun,
  aSecret,
  fromFile,
  fullCommit,
  team,
} from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
const { pipelineConfigRef: _ref, commit: _commit, branch: _branch, ...nothing } = aRun().spec

const rerun = (spec: Partial<PipelineRun['spec']> = {}): PipelineRun => ({
  ...aRun({}, { name: 'again' }),
  spec: { ...nothing, rerunOf: { run: 'app-1' }, ...spec } as PipelineRun['spec'],
})
const fromFailed = { rerunOf: { run: 'app-1', from: 'Failed' as const } }

const row = (name: string, phase: StepStatus['phase'], more: Partial<StepStatus> = {}): StepStatus => ({
  name,
  phase,
  ...more,
})
const failed: PipelineRunStatus = {
  phase: 'Failed',
  commit: fullCommit,
  steps: [
    row('test', 'Succeeded', { jobName: 'job-1', podName: 'pod-1', completionTime: '2026-11-21T09:00:00Z' }),
    row('build', 'Failed', { jobName: 'job-2' }),
  ],
}

interface World {
  readonly earlier?: PipelineRun
  readonly status?: PipelineRunStatus
  readonly objects?: Parameters<typeof seed>[1][]
  readonly user?: typeof dev
}

/** A cluster in which an earlier run has been admitted, and has come to its status. */
async function start({ earlier = aRun(), status = failed, objects = [aConfig()], user = dev }: World = {}) {
  const kube = new FakeKube()
  await seed(kube, ...objects)
  const admission = createTestAdmission(kube)
  const { object, response } = await admission.create({ type, object: earlier, user })
  expect(response.status?.message).toBeUndefined()
  await kube.create(type, object)
  await kube.patch(type, { namespace: team, name: 'app-1' }, { status }, { subresource: 'status' })
  const create = async (run: PipelineRun, who = dev) => {
    const made = await admission.create({ type, object: run, user: who })
    return { ...made, run: made.object as PipelineRun, said: made.response.status?.message ?? '' }
  }
  return { kube, admission, create, stored: object as PipelineRun }
}

describe('a run that runs another again', () => {
  test('has its commit in full, branch and pipeline, and the requester as the one who asked', async () => {
    const { create } = await start()
    const { run, said } = await create(rerun())
    expect(said).toBe('')
    expect(run.spec).toMatchObject({ commit: fullCommit, branch: 'main', pipelineConfigRef: 'app', triggeredBy: 'dev' })
    expect(run.spec.plan?.reused).toBeUndefined()
    expect(run.metadata.labels).toMatchObject({ 'c8s.dev/config': 'app', 'c8s.dev/branch': 'main' })
  })

  test('has its params, tag and inline pipeline', async () => {
    const params = [{ name: 'target', default: 'test' }]
    const inline = anInlineRun({ params })
    const earlier = { ...inline, spec: { ...inline.spec, tag: 'v1', params: { target: 'live' } } }
    const { create, stored } = await start({ earlier })
    const { run, said } = await create(rerun())
    expect(said).toBe('')
    expect(run.spec).toMatchObject({ tag: 'v1', params: { target: 'live' }, pipelineSpec: stored.spec.pipelineSpec })
    expect(run.spec.plan?.params).toEqual({ target: 'live' })
    expect(run.spec.plan?.hash).toBe(stored.spec.plan?.hash)
  })

  test('is the same when it is mutated twice', async () => {
    const { admission } = await start()
    const once = await admission.mutate({ type, object: rerun(fromFailed) })
    const twice = await admission.mutate({ type, object: once.object })
    expect(twice.object).toEqual(once.object)
  })

  test('may name what it copies, as it is', async () => {
    const { create } = await start()
    const { said, run } = await create(rerun({ commit: 'abc1234', branch: 'main', pipelineConfigRef: 'app' }))
    expect([said, run.spec.commit]).toEqual(['', 'abc1234'])
  })

  test.each<readonly [string, Partial<PipelineRun['spec']>, string]>([
    ['another commit', { commit: 'def5678' }, 'spec.commit: Invalid: is copied from run "app-1"'],
    ['another branch', { branch: 'other' }, 'spec.branch: Invalid: is copied from run "app-1"'],
    ['a tag', { tag: 'v1' }, 'spec.tag: Invalid'],
    ['params', { params: { a: 'b' } }, 'spec.params: Invalid'],
    ['another pipeline', { pipelineConfigRef: 'other' }, 'spec.pipelineConfigRef: Invalid'],
    ['an event of its own', { event: anEvent() }, 'spec.event: Invalid'],
    ['a rejection', { rejected: { reason: 'No', message: 'no' } }, 'spec.rejected: Forbidden'],
    ['an approval', { approvedCommit: fullCommit }, 'spec.approvedCommit: Forbidden'],
    [
      'a run that is not there',
      { rerunOf: { run: 'nope' } },
      'spec.rerunOf.run: NotFound: PipelineRun "nope" does not',
    ],
  ])('cannot bring %s', async (...[, spec, want]) => {
    const { create, admission } = await start()
    expect((await create(rerun(spec))).said).toContain(want)
    // The schema, which stands between the two webhooks, would only say that the commit is missing.
    expect((await admission.mutate({ type, object: rerun(spec) })).response.allowed).toBe(false)
  })

  test('cannot run again what had no plan, or is a step of another run', async () => {
    const { kube, create } = await start()
    await kube.create(type, aRun({}, { name: 'bare' }))
    const parent = { name: 'top', uid: 'u', step: 'call' }
    await kube.create(type, { ...aRun({ parent }, { name: 'called' }) })
    expect((await create(rerun({ rerunOf: { run: 'bare' } }))).said).toContain('has no plan')
    expect((await create(rerun({ rerunOf: { run: 'called' } }))).said).toContain('is the step call of run "top"')
  })
})

describe('from: Failed', () => {
  test('takes over what succeeded', async () => {
    const { create } = await start()
    const { run, said } = await create(rerun(fromFailed))
    expect(said).toBe('')
    expect(run.spec.plan?.reused).toEqual([
      { step: 'test', run: 'app-1', jobName: 'job-1', podName: 'pod-1', completionTime: '2026-11-21T09:00:00Z' },
    ])
  })

  test.each<[string, PipelineRunStatus, string]>([
    ['that has not ended', { ...failed, phase: 'Running' }, 'run "app-1" has not ended yet'],
    ['in which nothing failed', { ...failed, phase: 'Succeeded' }, 'nothing failed in run "app-1"'],
  ])('refuses a run %s', async (...[, status, want]) => {
    const { create } = await start({ status })
    expect((await create(rerun(fromFailed))).said).toContain(`spec.rerunOf.from: Invalid: Failed: ${want}`)
    expect((await create(rerun())).said).toBe('')
  })

  test('refuses a pipeline that has changed, and says what to do', async () => {
    const { kube, create } = await start()
    const steps = [{ name: 'test', image: 'node:26', commands: ['npm test'] }]
    await kube.patch(resourceTypes.pipelineConfig, { namespace: team, name: 'app' }, { spec: { steps } })
    const { said } = await create(rerun(fromFailed))
    expect(said).toContain('its plan has another hash (use from: Start)')
    expect((await create(rerun())).run.spec.plan?.steps[0]?.image).toBe('node:26')
  })

  test('refuses steps that shared a volume', async () => {
    const { create } = await start({ objects: [aConfig({ workspace: { size: '1Gi' } })] })
    expect((await create(rerun(fromFailed))).said).toContain('the volume that the steps of run "app-1" shared is gone')
  })
})

describe('the rerun of a run that c8s made of an event', () => {
  const connected = [aConnection(), aConfig()]

  test('is as little trusted as that was, and has to be approved anew', async () => {
    const { create, stored } = await start({ earlier: aForkRun(), objects: connected, user: server })
    expect(stored.spec.event?.receivedBy).toBe(server.username)
    const { run, said } = await create(rerun())
    expect(said).toBe('')
    expect(run.spec).toMatchObject({ event: stored.spec.event, triggeredBy: 'dev' })
    expect(run.spec.plan?.untrusted?.reason).toBe('ForkPullRequest')
    expect(run.spec.approvedCommit).toBeUndefined()
  })

  test('cannot be given the event of another pull request', async () => {
    const { create } = await start({ earlier: aForkRun(), objects: connected, user: server })
    const event = anEvent(aPullRequest({ fork: false }))
    expect((await create(rerun({ event }))).said).toContain('spec.event: Invalid: is copied from run "app-1"')
  })

  test('has Secrets by what its connection may have, not by what the requester may', async () => {
    const secrets = [{ secretRef: 'npm', key: 'token' }]
    const steps = [{ name: 'test', image: 'node:24', commands: ['npm test'], secrets }]
    const earlier = fromFile(aRun({ event: anEvent(), commit: fullCommit }), { steps })
    const usable = aSecret('npm', { annotations: { 'c8s.dev/usable-by': 'connection:forge' } })
    const { create, kube } = await start({ earlier, objects: [aConnection(), usable], user: server })
    expect((await create(rerun())).said).toBe('')
    const metadata = { annotations: { 'c8s.dev/usable-by': 'connection:other' } }
    await kube.patch(resourceTypes.secret, { namespace: team, name: 'npm' }, { metadata })
    expect((await create(rerun())).said).toContain('SecretForbidden')
  })
})
