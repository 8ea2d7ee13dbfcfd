import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { ApprovalGate } from '../../crds/parts/gates.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, server, testTime } from '../../test/helpers/admission.ts'
import { aConfig, aConnection, anEvent, aRun } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
const boss: UserInfo = { username: 'boss', groups: ['release', 'system:authenticated'] }
const at = new Date(testTime).toISOString().replace('.000Z', 'Z')

/** A run whose step `deploy` waits, as it is stored, and what is then asked when it is changed. */
async function start(gate: ApprovalGate = {}, spec: Partial<PipelineRun['spec']> = {}, isAllowed = true) {
  const kube = new FakeKube({ isAllowed: () => isAllowed })
  const steps = [
    { name: 'build', image: 'i', commands: ['c'] },
    { name: 'deploy', image: 'i', commands: ['c'], approval: gate },
  ]
  await seed(kube, aConfig({ steps }), aConnection())
  const admission = createTestAdmission(kube)
  const user = spec.event === undefined ? dev : server
  const { object, response } = await admission.create({ type, object: aRun(spec), user })
  expect(response.status?.message).toBeUndefined()
  const stored = object as PipelineRun
  const change = async (spec: object, by: UserInfo = boss, old: Partial<PipelineRun> = {}) => {
    const oldObject = { ...stored, ...old }
    const changed = { ...oldObject, spec: { ...oldObject.spec, ...spec } }
    const answer = await admission.create({ type, object: changed, oldObject, user: by })
    return {
      verdict: answer.response.status?.message ?? 'allowed',
      warnings: answer.response.warnings ?? [],
      spec: (answer.object as PipelineRun).spec,
    }
  }
  return { change, stored, admission }
}

const approve = { approvals: { deploy: 'Approved' } }
const reasonOf = (verdict: string) => verdict.split(': ').slice(0, 2).join(': ')

describe('a word to a step', () => {
  test('is recorded with who and when, whatever the client says of that', async () => {
    const { change } = await start()
    const forged = { deploy: { by: 'ceo', at: '2001-01-01T00:00:00Z' }, build: { by: 'x', at } }
    const { verdict, spec, warnings } = await change({ ...approve, approvalRecords: forged })
    expect(verdict).toBe('allowed')
    expect(spec.approvalRecords).toEqual({ deploy: { by: 'boss', at } })
    expect(warnings).toEqual(['spec.approvalRecords: Forbidden: replaced: c8s records who approved what'])
  })

  test.each<[string, ApprovalGate, UserInfo, Partial<PipelineRun['spec']>, string]>([
    ['anybody with the verb', {}, boss, {}, 'allowed'],
    ['the asker, without four eyes', {}, dev, {}, 'allowed'],
    ['a listed user', { approvers: ['ann', 'boss'] }, boss, {}, 'allowed'],
    ['a member of a listed group', { approvers: ['group:release'] }, boss, {}, 'allowed'],
    [
      'a user who is called as a listed group',
      { approvers: ['group:boss'] },
      boss,
      {},
      'you are none of its approvers: group:boss',
    ],
    [
      'a member of a group that is listed as a user',
      { approvers: ['release'] },
      boss,
      {},
      'you are none of its approvers: release',
    ],
    ['another', { approvers: ['ann'] }, boss, {}, 'you are none of its approvers: ann'],
    ['somebody else, with four eyes', { fourEyes: true }, boss, {}, 'allowed'],
    [
      'the asker, with four eyes',
      { fourEyes: true },
      dev,
      {},
      'it needs four eyes, and "dev", who asked for the run, is you (ask somebody else)',
    ],
    ['the controller', {}, controller, {}, 'an account of c8s itself approves nothing: a person does'],
    ['the receiver', {}, server, {}, 'an account of c8s itself approves nothing: a person does'],
    [
      'who pushed, by the same name',
      { fourEyes: true },
      { username: 'oidc:Boss@corp.example' },
      { event: anEvent(), triggeredBy: 'github:boss' },
      'it needs four eyes, and "github:boss", who asked for the run, is you (ask somebody else)',
    ],
    [
      'who sent the event',
      { fourEyes: true },
      boss,
      { event: anEvent({ sender: 'boss' }), triggeredBy: 'github:ann' },
      'it needs four eyes, and "github:ann", who asked for the run, is you (ask somebody else)',
    ],
    ['another than who pushed', { fourEyes: true }, boss, { event: anEvent(), triggeredBy: 'github:ann' }, 'allowed'],
  ])('of %s', async (...[, gate, user, spec, want]) => {
    const { change } = await start(gate, spec)
    const { verdict } = await change(approve, user)
    expect(verdict).toBe(want === 'allowed' ? want : `spec.approvals[deploy]: ApprovalForbidden: ${want}`)
    const rejected = await change({ approvals: { deploy: 'Rejected' } }, user)
    expect(rejected.verdict).toBe(verdict)
  })

  test('needs the verb approve on that run', async () => {
    const { change } = await start({ approvers: ['boss'] }, {}, false)
    expect((await change(approve)).verdict).toBe(
      'spec.approvals[deploy]: ApprovalForbidden: you may not approve runs in the namespace "team-a" (an admin can grant the verb "approve" on pipelineruns.c8s.dev)',
    )
  })

  test('stays as it was given, with its record', async () => {
    const { change, stored } = await start()
    const given = await change(approve)
    const old = { ...stored, spec: given.spec }
    const immutable = 'spec.approvals[deploy]: Immutable'
    expect(reasonOf((await change({ approvals: { deploy: 'Rejected' } }, boss, old)).verdict)).toBe(immutable)
    expect(reasonOf((await change({ approvals: {} }, boss, old)).verdict)).toBe(immutable)
    expect(reasonOf((await change({ approvals: undefined }, boss, old)).verdict)).toBe(immutable)
    const cleared = await change({ approvalRecords: undefined, cancel: true }, dev, old)
    expect([cleared.verdict, cleared.spec.approvalRecords]).toEqual(['allowed', { deploy: { by: 'boss', at } }])
  })

  test.each([
    [
      'that waits for nobody',
      'build',
      {},
      'spec.approvals[build]: UnknownStep: there is no step "build" with an approval in the plan of this run (steps with an approval: deploy)',
    ],
    ['that is not there', 'constructor', {}, 'UnknownStep'],
    [
      'of a run that has ended',
      'deploy',
      { phase: 'Failed' },
      'spec.approvals[deploy]: Forbidden: the run has ended (Failed): nothing waits for approval',
    ],
    [
      'that has ended',
      'deploy',
      { steps: [{ name: 'deploy', phase: 'Failed', reason: 'ApprovalExpired' }] },
      'spec.approvals[deploy]: Forbidden: step "deploy" has ended (Failed: ApprovalExpired)',
    ],
  ] as const)('is refused for a step %s', async (...[, step, status, want]) => {
    const { change } = await start()
    const approvals = JSON.parse(`{"${step}":"Approved"}`) as object
    const { verdict } = await change({ approvals }, boss, { status } as unknown as Partial<PipelineRun>)
    expect(verdict).toContain(want)
  })

  test('cannot be given before the run exists, and nothing is recorded then', async () => {
    const { admission } = await start()
    const early = { approvals: { deploy: 'Approved' as const }, approvalRecords: { deploy: { by: 'boss', at } } }
    const { object, response } = await admission.create({ type, object: aRun(early), user: boss })
    expect(response.status?.message).toContain('spec.approvals: Forbidden: nobody can approve a step of a run before')
    expect((object as PipelineRun).spec).not.toHaveProperty('approvalRecords')
  })

  test('is taken in whatever else is sent for it', async () => {
    const { change } = await start()
    for (const approvals of ['x', 5, [], [1], { deploy: 5 }, { deploy: null }, { deploy: 'maybe' }, null]) {
      expect((await change({ approvals })).verdict).not.toContain('Internal')
    }
  })
})
