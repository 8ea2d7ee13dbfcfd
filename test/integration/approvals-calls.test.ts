import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import { listPlannedSteps } from '../../crds/planned-steps.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import { orderCall } from '../../src/engine/step/order-call.ts'
import { createKubeClient } from '../../src/kube/adapter.ts'
import { KubeError } from '../../src/kube/kube-error.ts'
import type { KubeApi } from '../../src/kube/ports.ts'
import type { KubeObject, ResourceType } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, server as receiver } from '../helpers/admission.ts'
import { aConfig, aRun } from '../helpers/admission-objects.ts'
import { eventually } from '../helpers/eventually.ts'
import { type ServedWebhooks, serveWebhooks } from '../helpers/running-webhooks.ts'

/** CRDs, RBAC and webhooks of this tree on a real API server: who may let a step go on, and which run may be called. */
let webhooks: ServedWebhooks

const type = resourceTypes.pipelineRun

beforeAll(async () => {
  webhooks = await serveWebhooks()
})
afterAll(() => webhooks.stop())

const here = <T extends KubeObject>(object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace: webhooks.namespace },
})
const refusalOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => new Error('it was allowed'),
    (failure: unknown) => failure,
  )
  return error instanceof KubeError ? `${error.status} ${error.detail}` : String(error)
}

/** Somebody with no rights but those that RBAC gives in this test. */
function asPerson(user: string, group = 'people'): KubeApi {
  const headers = { 'impersonate-user': user, 'impersonate-group': group }
  return createKubeClient({
    ...webhooks.connection,
    send: (request) => webhooks.connection.send({ ...request, headers: { ...request.headers, ...headers } }),
  })
}

const rbac = (plural: string, kind: string): ResourceType => {
  return { group: 'rbac.authorization.k8s.io', version: 'v1', plural, kind, namespaced: true }
}

/** The API server's authorizer hears of a new role a moment after it is stored. */
async function allow(subject: { readonly kind: 'User' | 'Group'; readonly name: string }, verbs: readonly string[]) {
  const { namespace } = webhooks
  const metadata = { name: subject.name, namespace }
  const rules = [{ apiGroups: ['c8s.dev'], resources: ['pipelineruns'], verbs }]
  const apiGroup = 'rbac.authorization.k8s.io'
  const roleRef = { apiGroup, kind: 'Role', name: subject.name }
  await webhooks.admin.create<KubeObject>(rbac('roles', 'Role'), { metadata, rules } as KubeObject)
  const binding = { metadata, roleRef, subjects: [{ apiGroup, ...subject }] } as KubeObject
  await webhooks.admin.create<KubeObject>(rbac('rolebindings', 'RoleBinding'), binding)
  const who =
    subject.kind === 'User' ? { user: subject.name, groups: ['people'] } : { user: 'x', groups: [subject.name] }
  for (const verb of verbs) {
    await eventually(`${subject.name} may ${verb}`, async () => {
      const resourceAttributes = { namespace, verb, group: 'c8s.dev', resource: 'pipelineruns' }
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', metadata: {} }
      const answer = await webhooks.admin.create<KubeObject & { status?: { allowed?: boolean } }>(
        resourceTypes.subjectAccessReview,
        { ...review, spec: { ...who, resourceAttributes } } as KubeObject,
      )
      return answer.status?.allowed === true ? true : undefined
    })
  }
}

const build: Step = { name: 'build', image: 'node:24', commands: ['make'] }

describe('a word to a step', () => {
  const say = (api: KubeApi, spec: object, name = 'ship-1') =>
    api.patch<PipelineRun>(type, { namespace: webhooks.namespace, name }, { spec })
  const approve = { approvals: { ship: 'Approved' } }

  beforeAll(async () => {
    const approval = { approvers: ['lead', 'group:release'], fourEyes: true }
    const steps = [build, { ...build, name: 'ship', dependsOn: ['build'], approval }, { name: 'ask', approval: {} }]
    const dev = webhooks.impersonate('dev')
    await dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps }, { name: 'ship' })))
    for (const name of ['ship-1', 'ship-2']) {
      await dev.create(type, here(aRun({ pipelineConfigRef: 'ship' }, { name })))
    }
    await allow({ kind: 'User', name: 'lead' }, ['get', 'patch', 'create', 'approve'])
    await allow({ kind: 'User', name: 'tenant' }, ['get', 'patch'])
    await allow({ kind: 'Group', name: 'release' }, ['get', 'patch', 'approve'])
  })

  it('is for who has the verb, is listed, and is not the one who asked', async () => {
    expect(await refusalOf(say(asPerson('tenant'), approve))).toMatch(
      /^403 .*spec\.approvals\[ship\]: ApprovalForbidden: you may not approve runs/,
    )
    expect(await refusalOf(say(webhooks.impersonate('other'), approve))).toMatch(
      /^403 .*ApprovalForbidden: you are none of its approvers: lead, group:release/,
    )
    const own = aRun({ pipelineConfigRef: 'ship' }, { name: 'ship-3' })
    await asPerson('lead').create(type, here(own))
    expect(await refusalOf(say(asPerson('lead'), approve, 'ship-3'))).toMatch(/^403 .*it needs four eyes, and "lead"/)
    for (const { username } of [controller, receiver]) {
      expect(await refusalOf(say(webhooks.impersonate(username), approve))).toMatch(/^403 .*approves nothing/)
    }
  })

  it('is recorded with who and when, as the API server knows them, and stays', async () => {
    const forged = { approvalRecords: { ship: { by: 'ceo', at: '2001-01-01T00:00:00Z' } } }
    const { spec } = await say(asPerson('lead'), { ...approve, ...forged })
    expect(spec.approvals).toEqual({ ship: 'Approved' })
    expect(spec.approvalRecords?.['ship']?.by).toBe('lead')
    expect(Math.abs(Date.parse(spec.approvalRecords?.['ship']?.at ?? '') - Date.now())).toBeLessThan(60_000)
    for (const approvals of [{ ship: 'Rejected' }, { ship: null }, null]) {
      expect(await refusalOf(say(asPerson('lead'), { approvals }))).toMatch(/^422 .*cannot be taken back or changed/)
    }
    const after = await say(webhooks.impersonate('dev'), { approvalRecords: null, cancel: true })
    expect(after.spec.approvalRecords).toEqual(spec.approvalRecords)
  })

  it('can be said by a member of a listed group, and to none that does not wait', async () => {
    const member = asPerson('ann', 'release')
    const { spec } = await say(member, { approvals: { ship: 'Rejected' } }, 'ship-2')
    expect(spec.approvalRecords?.['ship']?.by).toBe('ann')
    expect(await refusalOf(say(member, { approvals: { build: 'Approved' } }, 'ship-2'))).toMatch(
      /^422 .*there is no step "build" with an approval .*steps with an approval: ship, ask/,
    )
    const early = here(aRun({ pipelineConfigRef: 'ship', ...approve } as object, { name: 'early' }))
    expect(await refusalOf(webhooks.impersonate('dev').create(type, early))).toMatch(/^403 .*before the run exists/)
  })

  it('decides about the Job, whatever the controller does', async () => {
    const dev = webhooks.impersonate('dev')
    const steps = [{ ...build, name: 'ship', approval: {} }]
    await dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps }, { name: 'direct' })))
    const run = await dev.create<PipelineRun>(type, here(aRun({ pipelineConfigRef: 'direct' }, { name: 'direct-1' })))
    const [step = build] = listPlannedSteps(run.spec.plan ?? { steps: [] })
    const job = renderJob({ run, step, attempt: 1, ttlSeconds: 60 })
    const c8s = webhooks.impersonate(controller.username)
    expect(await refusalOf(c8s.create(resourceTypes.job, job))).toMatch(
      /ApprovalRequired: step "ship" waits for an app/,
    )
    await say(webhooks.impersonate('anybody'), approve, 'direct-1')
    expect((await c8s.create(resourceTypes.job, job)).metadata.name).toBe(job.metadata.name)
  })

  it('cannot be changed even where no webhook is asked', async () => {
    const { metadata } = await webhooks.admin.create<KubeObject>(resourceTypes.namespace, {
      metadata: { generateName: 'bare-' },
    })
    const namespace = metadata.name ?? ''
    const bare = {
      ...aRun({ approvals: { ship: 'Approved' } }, { name: 'bare' }),
      metadata: { name: 'bare', namespace },
    }
    await webhooks.admin.create(type, bare)
    const patch = (spec: object) => webhooks.admin.patch(type, { namespace, name: 'bare' }, { spec })
    const refusal = /^422 .*what was said to a step cannot be taken back or changed/
    expect(await refusalOf(patch({ approvals: { ship: 'Rejected' } }))).toMatch(refusal)
    expect(await refusalOf(patch({ approvals: null }))).toMatch(refusal)
    await patch({ approvals: { other: 'Rejected' } })
  })
})

describe('a called run', () => {
  const call = (configRef: string, more: Partial<Step> = {}): Step => ({ name: 'go', pipeline: { configRef }, ...more })
  /** The run of the only call of a run's plan. */
  function callOf(run: PipelineRun): PipelineRun {
    const steps = run.spec.plan === undefined ? [] : listPlannedSteps(run.spec.plan)
    const [made] = steps.flatMap((step) => orderCall({ run, step, attempt: 1 }))
    if (made === undefined) throw new Error('the plan calls nothing')
    return made.run
  }

  beforeAll(async () => {
    const dev = webhooks.impersonate('dev')
    const configs: Readonly<Record<string, Step[]>> = {
      leaf: [build],
      top: [call('leaf')],
      round: [call('again')],
      again: [call('round')],
      waits: [build, call('leaf', { dependsOn: ['build'] })],
    }
    for (const [name, steps] of Object.entries(configs)) {
      await dev.create(resourceTypes.pipelineConfig, here(aConfig({ steps }, { name })))
    }
  })

  const start = (ref: string) =>
    webhooks.impersonate('dev').create<PipelineRun>(type, here(aRun({ pipelineConfigRef: ref }, { name: `${ref}-1` })))

  it('is made by the controller alone, in the name of who asked for its caller', async () => {
    const made = callOf(await start('top'))
    expect(await refusalOf(webhooks.impersonate('dev').create(type, made))).toMatch(/^403 .*spec\.parent: Forbidden/)
    const c8s = webhooks.impersonate(controller.username)
    const forged = { ...made, spec: { ...made.spec, triggeredBy: 'boss', branch: 'evil', approvals: {} } }
    const child = await c8s.create<PipelineRun>(type, forged)
    expect(child.spec).toMatchObject({
      triggeredBy: 'dev',
      branch: 'main',
      commit: 'abc1234',
      parent: made.spec.parent,
    })
    expect(child.spec.plan?.source?.name).toBe('leaf')
    expect(child.metadata.labels).toMatchObject({ 'c8s.dev/parent': 'top-1', 'c8s.dev/config': 'leaf' })
    const other = { ...made, metadata: { ...made.metadata, name: 'another' } }
    expect(await refusalOf(c8s.create(type, other))).toMatch(/^\d+ .*metadata\.name: NotInPlan/)
  })

  it('comes when its turn has come, and never round', async () => {
    const c8s = webhooks.impersonate(controller.username)
    expect(await refusalOf(c8s.create(type, callOf(await start('waits'))))).toMatch(
      /NeedsNotMet: step "go" has to wait: build/,
    )
    const below = await c8s.create<PipelineRun>(type, callOf(await start('round')))
    expect(await refusalOf(c8s.create(type, callOf(below)))).toMatch(/^422 .*Cycle: .*round → again → round/)
  })

  it('of a caller that is gone is refused', async () => {
    const made = callOf(await start('leaf').then(() => start('again')))
    await webhooks.admin.remove(type, { namespace: webhooks.namespace, name: 'again-1' })
    const c8s = webhooks.impersonate(controller.username)
    expect(await refusalOf(c8s.create(type, made))).toMatch(/spec\.parent: NotFound: PipelineRun "again-1"/)
  })
})

it('nothing went wrong in the webhooks', () => {
  expect(webhooks.faults).toEqual([])
})
