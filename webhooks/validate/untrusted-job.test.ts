import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { Plan } from '../../crds/pipeline-run.ts'
import { renderJob } from '../../src/engine/job/job.ts'
import type { Job } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, seed } from '../../test/helpers/admission.ts'
import {
  aConnection,
  aForkRun,
  aNamespace,
  anEvent,
  aPullRequest,
  aRun,
  fullCommit,
} from '../../test/helpers/admission-objects.ts'
import { arbitraryPlan } from '../../test/helpers/arbitrary-run.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'
import { readStepEnvironment } from '../../test/helpers/step-environment.ts'

const type = resourceTypes.job
const untrusted = { reason: 'ForkPullRequest', message: 'pull request 7 comes from a fork' } as const
const secrets = [{ secretRef: 'token', key: 'T' }]
const aStep = (change: Partial<Step> = {}): Step => ({ name: 'test', image: 'i', commands: ['c'], ...change })
const aPlan = (change: Partial<Plan> = {}): Plan => ({
  repository: 'https://git.test/team/app',
  steps: [aStep()],
  timeoutSeconds: 60,
  clone: { depth: 1, submodules: false, connection: 'forge', authSecretRef: 'key' },
  ...change,
})

/** What both webhooks make of the Job of a step of such a run. */
async function create(run: PipelineRun, step: Step) {
  const kube = new FakeKube()
  await seed(kube, aNamespace(), aConnection({ authSecretRef: 'key' }))
  const stored = await kube.create(resourceTypes.pipelineRun, run)
  const { status } = run
  if (status !== undefined) {
    const key = { namespace: run.metadata.namespace ?? '', name: run.metadata.name ?? '' }
    await kube.patch(resourceTypes.pipelineRun, key, { status }, { subresource: 'status' })
  }
  const job = renderJob({ run: stored, step, attempt: 1, ttlSeconds: 3600 })
  const { object, response } = await createTestAdmission(kube).create({ type, object: job, user: controller })
  return { job: object as Job, message: response.status?.message ?? 'allowed', code: response.status?.code }
}

const mentionsOf = (job: Job) => {
  const text = JSON.stringify(job.spec)
  return ['secretKeyRef', 'c8s-auth', 'c8s-secrets', '"secret"', '"token"', '"key"'].filter((one) => text.includes(one))
}

describe('a step of a pull request', () => {
  const [plain, secret] = [aStep(), aStep({ secrets })]
  const withPlan = (run: PipelineRun, step: Step, change: Partial<Plan> = {}): PipelineRun => ({
    ...run,
    spec: { ...run.spec, plan: aPlan({ steps: [step], untrusted, ...change }) },
  })
  const fork = (step: Step, change: Partial<PipelineRun['spec']> = {}) => withPlan(aForkRun(change), step)
  const approved = { approvedCommit: fullCommit }
  const short = { commit: 'abc1234', ...approved }
  const required = `ApprovalRequired: step "test" would get Secrets, but ${untrusted.message}`

  test.each<[string, PipelineRun, Step, string, string[]]>([
    ['without Secrets runs, without a credential', fork(plain), plain, 'allowed', []],
    ['with Secrets is refused', fork(secret), secret, required, []],
    [
      'of another commit that was approved is refused',
      fork(secret, { approvedCommit: 'f'.repeat(40) }),
      secret,
      required,
      [],
    ],
    [
      'once approved gets all',
      fork(secret, approved),
      secret,
      'allowed',
      ['secretKeyRef', 'c8s-auth', '"secret"', '"token"', '"key"'],
    ],
    ['once approved gets the credential', fork(plain, approved), plain, 'allowed', ['c8s-auth', '"secret"', '"key"']],
    ['in short, approved in full, before anybody knows it', fork(secret, short), secret, required, []],
    ['in short, approved in short', fork(secret, { ...short, approvedCommit: 'abc1234' }), secret, required, []],
    [
      'whose plan knows of no connection',
      withPlan(aForkRun(), plain, { clone: { depth: 1, submodules: false } }),
      plain,
      'allowed',
      [],
    ],
  ])('%s', async (...[, run, step, want, mentions]) => {
    const { job, message, code } = await create(run, step)
    expect(message).toContain(want)
    if (want !== 'allowed') expect(code).toBe(403)
    expect(mentionsOf(job)).toEqual(mentions)
  })

  test('in short is given all once its approved commit is known', async () => {
    const run = { ...fork(secret, short), status: { commit: fullCommit } }
    const { job, message } = await create(run, secret)
    expect(message).toBe('allowed')
    const [clone] = job.spec?.template.spec.initContainers ?? []
    expect(clone?.env?.[0]?.value).toContain(fullCommit)
    expect(clone?.env?.[0]?.value).not.toContain('requiredBranches')
  })

  test('an approved run without distrust still has to prove its branch', async () => {
    const plan = aPlan({ steps: [secret] })
    const { job } = await create(aRun({ commit: fullCommit, plan, ...approved }), secret)
    expect(JSON.stringify(job.spec)).toContain('requiredBranches')
  })

  test('is told what it is of', async () => {
    const run = withPlan(aRun({ event: anEvent(aPullRequest()), branch: 'feature' }), plain)
    const { job } = await create(run, plain)
    const container = job.spec?.template.spec.containers.find(({ name }) => name === 'step')
    expect(container && readStepEnvironment(container)).toMatchObject({
      C8S_EVENT: 'pullRequest',
      C8S_PIPELINE: 'web',
      C8S_PULL_REQUEST: '7',
      C8S_TARGET_BRANCH: 'main',
      BRANCH: 'feature',
    })
  })

  test('that is meant for another branch is refused, since nobody asked about its Secrets', async () => {
    const step = aStep({ secrets, conditional: { branch: 'release/*' } })
    const plan = aPlan({ steps: [step] })
    for (const run of [aRun({ plan }), aForkRun({ plan, ...approved })]) {
      expect((await create(run, step)).message).toContain(
        'NotInPlan: the condition of step "test" does not hold: branch: runs only on branches that match',
      )
    }
    expect((await create(aRun({ plan, branch: 'release/1' }), step)).message).toBe('allowed')
  })
})

test('an unapproved commit gets neither Secret nor credential, whatever the plan says', async () => {
  const use = fc.record(
    { secretRef: fc.constant('token'), key: fc.constant('T'), envVar: fc.constant('A'), file: fc.constant('f') },
    { requiredKeys: ['secretRef', 'key'] },
  )
  const change = fc.record({ clone: fc.boolean(), secrets: fc.array(use, { maxLength: 2 }) }, { requiredKeys: [] })
  const clone: fc.Arbitrary<Plan['clone']> = fc.record(
    {
      depth: fc.nat(3),
      submodules: fc.boolean(),
      connection: fc.constantFrom('forge', 'none'),
      authSecretRef: fc.constant('key'),
    },
    { requiredKeys: ['depth', 'submodules'] },
  )
  const approvals = fc.constantFrom(undefined, 'f'.repeat(40), 'abc1234', `${fullCommit}0`, fullCommit.slice(0, 39))
  const pullRequest = fc.record(
    {
      ref: fc.constantFrom('refs/pull/7/head', 'main'),
      headRepository: fc.constantFrom('https://git.test/eve/app', 'https://evil.test/x'),
      fork: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  await fc.assert(
    fc.asyncProperty(arbitraryPlan, change, clone, approvals, pullRequest, async (...parts) => {
      const [frozen, changes, cloned, approvedCommit, from] = parts
      const [first, ...rest] = frozen.steps
      if (first === undefined) return
      const { conditional: _conditional, dependsOn: _needs, ...bare } = first
      const step: Step = { ...bare, ...changes }
      const plan = { ...frozen, steps: [step, ...rest], clone: cloned, untrusted }
      const event = anEvent(aPullRequest(from))
      const run = aForkRun({ plan, event, ...(approvedCommit === undefined ? {} : { approvedCommit }) })
      const { job, message } = await create(run, step)
      expect(mentionsOf(job)).toEqual([])
      expect(message).toContain((step.secrets ?? []).length > 0 ? 'ApprovalRequired' : 'allowed')
    }),
  )
})
