import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { PipelineSpec } from '../../crds/pipeline-config.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { orderCall } from '../../src/engine/step/order-call.ts'
import type { KubeObject } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, server } from '../../test/helpers/admission.ts'
import {
  aConfig,
  aConnection,
  aForkRun,
  aNamespace,
  anEvent,
  aQuota,
  aRun,
  aSecret,
  fromFile,
  fullCommit,
  team,
} from '../../test/helpers/admission-objects.ts'
import type { Json } from '../../test/helpers/fake-kube/fields.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
const call = (configRef: string, more: Partial<Step> = {}): Step => ({
  name: 'deploy',
  pipeline: { configRef },
  ...more,
})
const plain: Step = { name: 'push', image: 'i', commands: ['c'] }

/** A namespace with configs `a`, `b`, … of the given steps, each with its author recorded. */
async function open(configs: Readonly<Record<string, Partial<PipelineSpec>>>, isAllowed?: (spec: Json) => boolean) {
  const kube = new FakeKube(isAllowed === undefined ? {} : { isAllowed })
  const annotations = { 'c8s.dev/author': JSON.stringify({ username: 'author', groups: [], uid: '' }) }
  await seed(kube, aConnection(), aSecret('token'))
  for (const [name, spec] of Object.entries(configs)) await seed(kube, aConfig(spec, { name, annotations }))
  const admission = createTestAdmission(kube)
  const store = async (run: PipelineRun, status: PipelineRun['status']) => {
    const { name = '' } = (await kube.create<PipelineRun>(type, run)).metadata
    return kube.patch<PipelineRun>(type, { namespace: team, name }, { status }, { subresource: 'status' })
  }
  /** Both webhooks, and stored where they let it through. */
  const create = async (run: PipelineRun, user = dev, status: PipelineRun['status'] = {}) => {
    const { object, response } = await admission.create({ type, object: run, user })
    const stored = response.allowed ? await store(object as PipelineRun, status) : undefined
    return { run: object as PipelineRun, stored, verdict: response.status?.message ?? 'allowed' }
  }
  const start = async (run: PipelineRun, user = dev, status: PipelineRun['status'] = {}) => {
    const { stored, verdict } = await create(run, user, status)
    if (stored === undefined) throw new Error(verdict)
    return stored
  }
  return { kube, create, start }
}

/** The run that the controller makes for the first call of the plan. */
function callOf(run: PipelineRun, change: (made: PipelineRun) => PipelineRun = (made) => made): PipelineRun {
  const { plan } = run.spec
  const steps = plan === undefined ? [] : listPlannedSteps(plan)
  const [made] = steps.flatMap((step) => orderCall({ run, step, attempt: 1 }))
  if (made === undefined) throw new Error('the plan calls nothing')
  return change(made.run)
}

const withSpec = (run: PipelineRun, spec: object): PipelineRun => ({ ...run, spec: { ...run.spec, ...spec } })
const two = { app: { steps: [call('b')] }, b: { steps: [plain] } }

describe('a called run', () => {
  test('is of the commit, branch, event, trust and asker of its caller, whatever is sent', async () => {
    const { start, create } = await open(two)
    const event = anEvent({ sender: 'ann' })
    const caller = await start(aRun({ event, triggeredBy: 'github:ann', commit: fullCommit, tag: 'v1' }), server)
    const forged = {
      commit: 'f'.repeat(40),
      branch: 'evil',
      tag: 'v2',
      triggeredBy: 'boss',
      approvedCommit: fullCommit,
    }
    const { run, verdict } = await create(
      callOf(caller, (made) => withSpec(made, { ...forged, event: anEvent({ pipeline: 'x' }) })),
      controller,
    )
    expect(verdict).toBe('allowed')
    expect(run.spec).toMatchObject({ commit: fullCommit, branch: 'main', tag: 'v1', triggeredBy: 'github:ann' })
    expect(run.spec.event).toEqual({ ...caller.spec.event, receivedBy: controller.username })
    expect(run.spec).not.toHaveProperty('approvedCommit')
    expect(run.spec.plan?.source?.name).toBe('b')
    expect(run.metadata.labels).toMatchObject({
      'c8s.dev/parent': 'app-1',
      'c8s.dev/pipeline': 'b',
      'c8s.dev/config': 'b',
    })
  })

  test('of a run that a person asked for is in that person’s name', async () => {
    const { start, create } = await open(two)
    const { run } = await create(callOf(await start(aRun())), controller)
    expect(run.spec).toMatchObject({ triggeredBy: 'dev', commit: 'abc1234', branch: 'main' })
    expect(run.spec).not.toHaveProperty('event')
  })

  test('has the commit in full where its caller has found it', async () => {
    const { start, create } = await open(two)
    const { run } = await create(callOf(await start(aRun(), dev, { commit: fullCommit })), controller)
    expect(run.spec.commit).toBe(fullCommit)
  })

  test('is in no concurrency group: its siblings and its caller might be in the same', async () => {
    const concurrency = { group: 'deploy', cancelInProgress: true }
    const { start, create } = await open({
      app: { steps: [call('b')], concurrency },
      b: { steps: [plain], concurrency },
    })
    const caller = await start(aRun())
    expect(caller.spec.plan?.concurrency?.group).toBe('deploy')
    const { run, verdict } = await create(callOf(caller), controller)
    expect([verdict, run.spec.plan?.concurrency]).toEqual(['allowed', undefined])
    expect(run.metadata.labels).not.toHaveProperty('c8s.dev/concurrency-group')
  })

  test.each([dev, server, { username: 'system:admin', groups: ['system:masters'] }])(
    'is made by nobody else: $username',
    async (user) => {
      const { start, create } = await open(two)
      const { verdict } = await create(callOf(await start(aRun())), user)
      expect(verdict).toContain('spec.parent: Forbidden: only c8s itself makes the run that a step of another run is')
    },
  )

  const order = 'is not what the plan of PipelineRun "app-1" says for step "deploy"'
  test.each<[string, (made: PipelineRun) => PipelineRun, string]>([
    [
      'name',
      (made) => ({ ...made, metadata: { ...made.metadata, name: 'other' } }),
      `metadata.name: NotInPlan: ${order}`,
    ],
    [
      'owner',
      (made) => ({ ...made, metadata: { ...made.metadata, ownerReferences: [] } }),
      `metadata.ownerReferences: NotInPlan: ${order}`,
    ],
    ['pipeline', (made) => withSpec(made, { pipelineConfigRef: 'c' }), `spec.pipelineConfigRef: NotInPlan: ${order}`],
    [
      'caller',
      (made) => withSpec(made, { parent: { name: 'gone', uid: 'x', step: 'deploy' } }),
      'spec.parent: NotFound: PipelineRun "gone", which called it, does not exist any more',
    ],
    [
      'uid of the caller',
      (made) => withSpec(made, { parent: { name: 'app-1', uid: 'x', step: 'deploy' } }),
      'spec.parent: NotFound: PipelineRun "app-1", which called it, does not exist any more',
    ],
    [
      'step that is no call',
      (made) => withSpec(made, { parent: { ...made.spec.parent, step: 'test' } }),
      'spec.parent.step: NotInPlan: the plan of PipelineRun "app-1" has no call "test"',
    ],
  ])('with another %s is refused', async (_, change, want) => {
    const steps = [call('b'), { ...plain, name: 'test' }]
    const { start, create } = await open({ ...two, app: { steps }, c: { steps: [plain] } })
    const { verdict } = await create(callOf(await start(aRun()), change), controller)
    expect(verdict).toContain(want)
  })

  test.each<[string, Step[], PipelineRun['status'], string]>([
    [
      'whose needs have not ended',
      [{ ...plain, name: 'test' }, call('b', { dependsOn: ['test'] })],
      {},
      'spec.parent.step: NeedsNotMet: step "deploy" has to wait: test must come first',
    ],
    [
      'that waits for an approval',
      [call('b', { approval: {} })],
      {},
      'spec.parent.step: ApprovalRequired: step "deploy" waits for an approval',
    ],
    [
      'of a run that has ended',
      [call('b')],
      { phase: 'Failed' },
      'spec.parent.step: Forbidden: PipelineRun "app-1" has ended (Failed)',
    ],
    [
      'whose condition does not hold',
      [call('b', { conditional: { branch: 'release/*' } })],
      {},
      'spec.parent.step: NotInPlan',
    ],
  ])('of a step %s is refused', async (...[, steps, status, want]) => {
    const { start, create } = await open({ ...two, app: { steps } })
    const { verdict } = await create(callOf(await start(aRun(), dev, status)), controller)
    expect(verdict).toContain(want)
  })

  test('waits for room as other steps of its caller do, also where no run is taken that has to', async () => {
    const { kube, start, create } = await open(two)
    const annotations = { 'c8s.dev/quota-policy': 'Reject' }
    const full = { hard: { 'requests.cpu': '2' }, used: { 'requests.cpu': '2' } }
    const quota = aQuota({ 'requests.cpu': '2' })
    await seed(kube, { ...aNamespace(), metadata: { name: team, annotations } }, {
      ...quota,
      status: full,
    } as KubeObject)
    const caller = await start(aRun())
    expect((await create(aRun({ pipelineConfigRef: 'b' }))).verdict).toContain('QuotaExceeded')
    expect((await create(callOf(caller), controller)).verdict).toBe('allowed')
  })

  test('runs at the same commit, so its pipeline is of the same repository', async () => {
    const { start, create } = await open({ ...two, b: { steps: [plain], repository: 'https://git.test/team/other' } })
    const { verdict } = await create(callOf(await start(aRun())), controller)
    expect(verdict).toContain(
      'spec.pipelineConfigRef: Invalid: the pipeline is of another repository (https://git.test/team/other) than the run that calls it (https://git.test/team/app)',
    )
  })
})

describe('calls of calls', () => {
  /** Runs below each other, as far as they are let through; what the last was told. */
  async function descend(configs: Readonly<Record<string, Partial<PipelineSpec>>>) {
    const { start, create } = await open(configs)
    let above = await start(aRun())
    for (let depth = 2; ; depth += 1) {
      const { stored, verdict } = await create(callOf(above), controller)
      if (stored === undefined) return { depth, verdict }
      above = stored
    }
  }

  test('are refused where they come round, with the whole way', async () => {
    const { depth, verdict } = await descend({
      app: { steps: [call('b')] },
      b: { steps: [call('c')] },
      c: { steps: [call('b')] },
    })
    expect(depth).toBe(4)
    expect(verdict).toContain('spec.pipelineConfigRef: Cycle: pipelines call each other in a circle: b → c → b')
  })

  test('are refused where they are too deep', async () => {
    const next = { app: 'b', b: 'c', c: 'd', d: 'e', e: 'f', f: 'g', g: 'app' }
    const configs = Object.entries(next).map(([name, ref]) => [name, { steps: [call(ref)] }])
    const { depth, verdict } = await descend(Object.fromEntries(configs) as Record<string, Partial<PipelineSpec>>)
    expect(depth).toBe(6)
    expect(verdict).toContain(
      'TooLarge: at most 5 pipelines may call each other in a row, and these do: app → b → c → d → e → f',
    )
  })

  test('are refused where they would be too many: each of hundreds calls hundreds', async () => {
    const legs = (count: number) => ({
      matrix: { dimensions: { m: Array.from({ length: count }, (_, at) => `${at}`) } },
    })
    const few = {
      app: { steps: [call('b', legs(40))] },
      b: { steps: [call('c', legs(25))] },
      c: { steps: [call('app')] },
    }
    expect((await descend(few)).verdict).toContain('Cycle')
    const many = { ...few, b: { steps: [call('c', legs(26))] } }
    const { depth, verdict } = await descend(many)
    expect(depth).toBe(3)
    expect(verdict).toContain(
      'TooLarge: app → b → c would be 1040 runs, each call of a matrix counted; at most 1000 are',
    )
  })
})

describe('trust', () => {
  test('of a fork: nothing is called before its commit is approved, and then with the approval', async () => {
    const { start, create, kube } = await open(two)
    const fork = await start(aForkRun(), server)
    expect((await create(callOf(fork), controller)).verdict).toContain(
      'spec.parent: ApprovalRequired: step "deploy" calls a pipeline, but pull request 7 comes from a fork',
    )
    await kube.patch(
      type,
      { namespace: team, name: 'app-1' },
      { spec: { approvedCommit: fullCommit, approvedBy: 'boss' } },
    )
    const { run, verdict } = await create(callOf(fork), controller)
    expect(verdict).toBe('allowed')
    expect(run.spec).toMatchObject({ approvedCommit: fullCommit, approvedBy: 'boss' })
    expect(run.spec.plan?.untrusted?.reason).toBe('ForkPullRequest')
  })

  const secret = { ...plain, secrets: [{ secretRef: 'token', key: 'k' }] }
  const only = (user: string) => (spec: Json) => (spec as { user?: string }).user === user

  test.each([
    ['the author of the called config may use', 'author', 'allowed'],
    ['the author of nothing may use, but the controller', controller.username, 'SecretForbidden'],
    ['the author of nothing may use, but the caller’s asker', 'dev', 'SecretForbidden'],
  ])('Secrets that %s', async (_, user, want) => {
    const { start, create } = await open({ app: { steps: [call('b')] }, b: { steps: [secret] } }, only(user))
    const { verdict } = await create(callOf(await start(aRun())), controller)
    expect(verdict).toContain(want)
  })

  test('a file of the commit that calls gets no more than annotations allow', async () => {
    const { start, create } = await open({ b: { steps: [secret] } }, only('author'))
    const file = fromFile(aRun({ event: anEvent(), commit: fullCommit }), { steps: [call('b')] })
    const { verdict } = await create(callOf(await start(file, server)), controller)
    expect(verdict).toContain('SecretForbidden: a pipeline in the repository may use Secret "token" only where')
  })
})

describe('what a pipeline may call', () => {
  const configOf = (steps: Step[]): KubeObject => aConfig({ steps }, { name: 'app' })

  test.each([
    ['itself', [call('app')], 'spec.steps[0].pipeline.configRef: Cycle: the pipeline calls itself: app → app'],
    ['another that is there', [call('other')], 'allowed'],
  ])('%s', async (_, steps, want) => {
    const kube = new FakeKube()
    await seed(kube, aConfig({}, { name: 'other' }))
    const { response } = await createTestAdmission(kube).create({
      type: resourceTypes.pipelineConfig,
      object: configOf(steps),
    })
    expect(response.status?.message ?? 'allowed').toBe(want)
    expect(response.warnings).toBeUndefined()
  })

  test('one that may still come: a config warns, a run is refused', async () => {
    const kube = new FakeKube()
    await seed(kube, aConfig({}, { name: 'deploy' }))
    const admission = createTestAdmission(kube)
    const object = configOf([call('deplyo')])
    const missing = 'pipeline.configRef: NotFound: PipelineConfig "deplyo" does not exist (did you mean deploy?)'
    const { response } = await admission.create({ type: resourceTypes.pipelineConfig, object })
    expect([response.allowed, response.warnings]).toEqual([true, [`spec.steps[0].${missing}`]])
    await seed(kube, object)
    const { response: refused } = await admission.create({ type, object: aRun() })
    expect(refused.status?.message).toBe(`spec.plan.steps[0].${missing}`)
  })
})
