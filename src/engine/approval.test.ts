import { describe, expect, it } from 'vitest'
import type { RunEvent } from '../../crds/parts/event.ts'
import type { Step } from '../../crds/parts/step.ts'
import type { PipelineRunSpec, Plan } from '../../crds/pipeline-run.ts'
import { isUnapproved } from '../../crds/trust.ts'
import { makeRun } from '../../test/helpers/arbitrary-run.ts'
import { makeSnapshot } from '../../test/helpers/engine-state.ts'
import { describeWithheld, findWithheldNeed } from './approval.ts'
import { planRun } from './plan.ts'

const commit = 'a'.repeat(40)
const secrets = [{ secretRef: 'npm-token', key: 'token' }]
const step = (name: string, more: Partial<Step> = {}): Step => ({ name, image: 'i', commands: ['c'], ...more })
const event: RunEvent = {
  type: 'pullRequest',
  pipeline: 'ci',
  receivedAt: '2026-01-01T00:00:00.000Z',
  pullRequest: { number: 7, fork: true, branch: 'main', targetBranch: 'main' },
}
const untrusted = { reason: 'ForkPullRequest', message: 'the commit comes from a fork.' } as const

function makeForkRun(steps: readonly Step[], spec: Partial<PipelineRunSpec> = {}, plan: Partial<Plan> = {}) {
  const whole: Plan = {
    repository: 'r',
    steps: [...steps],
    timeoutSeconds: 60,
    clone: { depth: 1, submodules: false },
    untrusted,
    ...plan,
  }
  const { branch: _, ...run } = makeRun(whole).spec
  return { ...makeRun(whole), spec: { ...run, commit, event, ...spec } }
}

const branchOnly = (branch: string) => step('a', { secrets, conditional: { branch } })
const credential = { clone: { depth: 1, submodules: false, authSecretRef: 'git' } }
const priv = { event: { ...event, private: true } }

const cases: { name: string; run: ReturnType<typeof makeForkRun>; want: object | undefined }[] = [
  { name: 'no secret', run: makeForkRun([step('a')]), want: undefined },
  { name: 'an empty list of secrets', run: makeForkRun([step('a', { secrets: [] })]), want: undefined },
  { name: 'a secret', run: makeForkRun([step('a'), step('b', { secrets })]), want: { kind: 'secrets', step: 'b' } },
  {
    name: 'a secret at the end',
    run: makeForkRun([step('a')], {}, { finally: [step('f', { secrets })] }),
    want: { kind: 'secrets', step: 'f' },
  },
  { name: 'a step that runs on no branch', run: makeForkRun([branchOnly('main')]), want: undefined },
  { name: 'a step of another branch', run: makeForkRun([branchOnly('main')], { branch: 'x' }), want: undefined },
  {
    name: 'a step of this branch',
    run: makeForkRun([branchOnly('x/*')], { branch: 'x/y' }),
    want: { kind: 'secrets', step: 'a' },
  },
  {
    name: 'a service account',
    run: makeForkRun([step('a', { serviceAccountName: 'deployer' })]),
    want: { kind: 'place', step: 'a' },
  },
  {
    name: 'a toleration',
    run: makeForkRun([step('a', { tolerations: [{ key: 'ci', operator: 'Exists' }] })]),
    want: { kind: 'place', step: 'a' },
  },
  { name: 'a kind of node', run: makeForkRun([step('a', { nodeSelector: { pool: 'ci' } })]), want: undefined },
  { name: 'a private repository', run: makeForkRun([step('a')], priv, credential), want: { kind: 'clone' } },
  { name: 'a private repository that has no credential', run: makeForkRun([step('a')], priv), want: undefined },
  { name: 'a public repository with one', run: makeForkRun([step('a')], {}, credential), want: undefined },
  { name: 'approved', run: makeForkRun([step('a', { secrets })], { approvedCommit: commit }), want: undefined },
  {
    name: 'another commit approved',
    run: makeForkRun([step('a', { secrets })], { approvedCommit: 'b'.repeat(40) }),
    want: { kind: 'secrets', step: 'a' },
  },
]

describe('what keeps a run waiting', () => {
  it.each(cases)('$name', ({ run, want }) => expect(findWithheldNeed(run)).toEqual(want))

  it('is never anything for a trusted run', () => {
    const steps = [step('a', { secrets })]
    const plan = { repository: 'r', steps, timeoutSeconds: 60, clone: credential.clone }
    expect(findWithheldNeed(makeRun(plan))).toBeUndefined()
  })

  it('ends with the approval of the commit that the clone found for a short one', () => {
    const run = makeForkRun([step('a', { secrets })], { commit: 'aaaaaaa', approvedCommit: commit })
    expect(isUnapproved(run)).toBe(true)
    expect(isUnapproved({ ...run, status: { commit } })).toBe(false)
  })
})

describe('a run that waits', () => {
  const run = makeForkRun([step('a', { secrets })])
  const now = Date.parse('2026-01-01T00:00:00Z')

  it('tells a person once who may do what, and does nothing else', () => {
    const plan = planRun(makeSnapshot(run, now))
    const { status } = plan
    expect(plan).toMatchObject({ creations: [], stops: [], wakeAt: undefined, urgency: 'now' })
    expect(status).toMatchObject({ phase: 'Pending', reason: 'ApprovalRequired' })
    expect(status?.startTime).toBeUndefined()
    expect(status?.message).toBe(
      `waits for approval: step a uses Secrets, and the commit comes from a fork; who may push comments /ok-to-test on pull request 7, or who has the verb approve runs kubectl patch c8spr run -n team --type merge -p '{"spec":{"approvedCommit":"${commit}"}}'`,
    )
    const flags = status?.conditions?.map(({ type, status }) => `${type}=${status}`)
    expect(flags).toEqual(['Succeeded=Unknown', 'Ready=False', 'Reconciling=True', 'Stalled=False'])
    expect(plan.events).toEqual([{ type: 'Normal', reason: 'ApprovalRequired', message: status?.message }])
    const again = planRun(makeSnapshot({ ...run, ...(status === undefined ? {} : { status }) }, now + 10 ** 9))
    expect(again.events).toEqual([])
    expect(again.status).toEqual(status)
  })

  it('names only the command where there is no pull request', () => {
    const { pullRequest: _, ...push } = event
    const told = describeWithheld({ ...run, spec: { ...run.spec, event: push } }, { kind: 'clone' })
    expect(told).toMatch(
      /^waits for approval: the repository is private, and .*; who has the verb approve runs kubectl/,
    )
  })

  it('ends at once when it is cancelled, its finally steps with it', () => {
    const last = { finally: [step('f', { secrets })] }
    for (const steps of [[step('a', { secrets })], [step('a', { conditional: { branch: 'main' } })]]) {
      const waiting = planRun(makeSnapshot(makeForkRun(steps, {}, last), now)).status
      const cancelled = { ...makeForkRun(steps, { cancel: true }, last), ...(waiting && { status: waiting }) }
      const plan = planRun(makeSnapshot(cancelled, now))
      expect(plan.creations).toEqual([])
      expect(plan.status).toMatchObject({ phase: 'Cancelled', reason: 'Cancelled' })
      expect(plan.status?.steps?.at(-1)).toMatchObject({ phase: 'Skipped', reason: 'RunCancelled' })
    }
  })

  it('goes on by itself once it is approved', () => {
    const { status } = planRun(makeSnapshot(run, now))
    const approved = { ...run, spec: { ...run.spec, approvedCommit: commit }, ...(status && { status }) }
    const plan = planRun(makeSnapshot(approved, now))
    expect(plan.creations.map(({ step }) => step)).toEqual(['a'])
    expect(plan.status).toMatchObject({ phase: 'Pending', reason: 'Starting' })
  })
})
