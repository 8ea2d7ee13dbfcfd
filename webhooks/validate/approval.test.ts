import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { UserInfo } from '../../src/lib/kubernetes.ts'
import { resourceTypes } from '../../src/lib/resource-types.ts'
import { controller, createTestAdmission, dev, seed, server } from '../../test/helpers/admission.ts'
import { aConfig, aConnection, aForkRun, aRun, fullCommit, team } from '../../test/helpers/admission-objects.ts'
import { FakeKube } from '../../test/helpers/fake-kube.ts'

const type = resourceTypes.pipelineRun
const other = 'f'.repeat(40)

/** A run as it is stored, and what is then asked when it is changed. */
async function start(run: PipelineRun, isAllowed = true) {
  const asked: unknown[] = []
  const kube = new FakeKube({ isAllowed: (spec) => (asked.push(spec), isAllowed) })
  await seed(kube, aConfig(), aConnection())
  const admission = createTestAdmission(kube)
  const user = run.spec.event === undefined ? dev : server
  const { object, response } = await admission.create({ type, object: run, user })
  expect(response.allowed).toBe(true)
  const stored = object as PipelineRun
  kube.requests.length = 0
  const change = async (spec: object, by: UserInfo = dev, status: PipelineRun['status'] = {}) => {
    const oldObject = { ...stored, status }
    const changed = { ...oldObject, spec: { ...stored.spec, ...spec } }
    const { response: answer } = await admission.create({ type, object: changed, oldObject, user: by })
    return { verdict: answer.status?.message ?? 'allowed', code: answer.status?.code }
  }
  return { change, asked, kube }
}

describe('an approval', () => {
  test('is for whoever has the verb approve on that run', async () => {
    const { change, asked, kube } = await start(aForkRun())
    expect(await change({ approvedCommit: fullCommit })).toEqual({ verdict: 'allowed', code: undefined })
    expect(asked).toEqual([
      {
        user: 'dev',
        uid: 'dev-uid',
        groups: dev.groups,
        extra: {},
        resourceAttributes: {
          namespace: team,
          verb: 'approve',
          group: 'c8s.dev',
          resource: 'pipelineruns',
          name: 'app-1',
        },
      },
    ])
    expect(kube.requests).toHaveLength(1)
  })

  test.each([dev, server, controller])('is for nobody else: $username', async (user) => {
    const { change } = await start(aForkRun(), false)
    const { verdict, code } = await change({ approvedCommit: fullCommit }, user)
    expect(verdict).toBe(
      'spec.approvedCommit: ApprovalForbidden: you may not approve runs in the namespace "team-a" (an admin can grant the verb "approve" on pipelineruns.c8s.dev; who may push to the repository can comment /ok-to-test)',
    )
    expect(code).toBe(403)
  })

  test.each<[string, PipelineRun, object, PipelineRun['status'], string]>([
    ['of the commit', aForkRun(), { approvedCommit: fullCommit }, {}, 'allowed'],
    ['of another commit', aForkRun(), { approvedCommit: other }, {}, `must be ${fullCommit}`],
    ['in short', aForkRun(), { approvedCommit: 'abc1234' }, {}, `must be ${fullCommit}`],
    ['of what a forged status says', aForkRun(), { approvedCommit: other }, { commit: other }, `must be ${fullCommit}`],
    [
      'of a short commit',
      aForkRun({ commit: 'abc1234' }),
      { approvedCommit: fullCommit },
      { commit: fullCommit },
      'allowed',
    ],
    [
      'of a short commit that nobody knows yet',
      aForkRun({ commit: 'abc1234' }),
      { approvedCommit: fullCommit },
      {},
      'not known in full yet',
    ],
    [
      'where nothing waits',
      aRun({ commit: fullCommit }),
      { approvedCommit: fullCommit },
      {},
      'nothing waits for approval',
    ],
    [
      'that brings its own distrust',
      aRun({ commit: fullCommit }),
      { approvedCommit: fullCommit, plan: { untrusted: { reason: 'ForkPullRequest', message: '' } } },
      {},
      'nothing waits for approval',
    ],
    ['that changes the commit', aForkRun(), { approvedCommit: other, commit: other }, {}, 'spec.commit: Immutable'],
    [
      'that changes the event',
      aForkRun(),
      { approvedCommit: fullCommit, event: undefined },
      {},
      'spec.event: Immutable',
    ],
    ['and a cancel at once', aForkRun(), { approvedCommit: fullCommit, cancel: true }, {}, 'allowed'],
    ['taken back', aForkRun({ approvedCommit: fullCommit }), { approvedCommit: undefined }, {}, 'cannot be taken back'],
    ['changed', aForkRun({ approvedCommit: fullCommit }), { approvedCommit: other }, {}, 'cannot be taken back'],
    ['that is no commit', aForkRun(), { approvedCommit: 'main' }, {}, 'spec.approvedCommit: Invalid'],
  ])('%s', async (...[, run, spec, status, want]) => {
    const { change } = await start(run)
    expect((await change(spec, dev, status)).verdict).toContain(want)
  })

  test('is asked about only when it is given', async () => {
    const { change, asked } = await start(aForkRun({ approvedCommit: fullCommit }))
    expect((await change({ cancel: true })).verdict).toBe('allowed')
    expect((await change({ approvedBy: 'boss' })).verdict).toBe('allowed')
    expect(asked).toEqual([])
  })
})
