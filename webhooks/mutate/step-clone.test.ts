import { describe, expect, test } from 'vitest'
import type { PipelineRun } from '../../crds/kinds.ts'
import type { RunEvent } from '../../crds/parts/event.ts'
import { freezePlan } from '../../crds/plan.ts'
import { someSettings, testTime } from '../../test/helpers/admission.ts'
import {
  aConnection,
  aForkRun,
  anEvent,
  aPipeline,
  aPullRequest,
  aRun,
  fullCommit,
} from '../../test/helpers/admission-objects.ts'
import { createFacts, type Facts } from '../facts.ts'
import { orderClone } from './step-clone.ts'

const step = { name: 'test', image: 'i', commands: ['c'], secrets: [{ secretRef: 'token', key: 'T' }] }
const facts: Facts = { ...createFacts(testTime, someSettings), connections: [aConnection({ authSecretRef: 'key' })] }
const own = 'https://git.test/team/app'

type PullRequest = NonNullable<RunEvent['pullRequest']>

const fromFork = (change: Partial<PullRequest>, approvedCommit?: string) =>
  aForkRun({
    event: anEvent(aPullRequest({ fork: true, branch: 'main', ...change })),
    ...(approvedCommit === undefined ? {} : { approvedCommit }),
  })

function order(run: PipelineRun, isFrozen: boolean) {
  const { spec } = run
  const plan = freezePlan(aPipeline({ steps: [step], branches: ['main'] }), {
    ...(isFrozen ? { connection: 'forge', authSecretRef: 'key' } : {}),
    run: { name: 'app-1', commit: spec.commit, ...(spec.event === undefined ? {} : { event: spec.event }) },
  })
  const { options, authSecret } = orderClone({ run: { ...run, spec: { ...spec, plan } }, plan, step }, facts)
  const { repository, commit, branch, ref, requiredBranches } = options
  return { repository, commit, branch, ref, requiredBranches, authSecret }
}

describe('the clone', () => {
  const hinted = { branch: undefined, ref: undefined }
  const head = 'https://GIT.test/eve/app'
  test.each<[string, PipelineRun, object]>([
    ['by hand', aRun(), { commit: 'abc1234', branch: 'main', authSecret: 'key' }],
    ['of a push', aRun({ event: anEvent() }), { branch: 'main', authSecret: 'key' }],
    [
      'of a branch that is not allowed, unapproved',
      aRun({ event: anEvent(aPullRequest()), branch: 'feature' }),
      { branch: 'feature', authSecret: undefined },
    ],
    ['of a fork, unapproved', fromFork({ ref: 'refs/pull/7/head' }), { ...hinted, ref: 'refs/pull/7/head' }],
    [
      'of a fork, approved',
      fromFork({ ref: 'refs/pull/7/head' }, fullCommit),
      { commit: fullCommit, ref: 'refs/pull/7/head', authSecret: 'key', requiredBranches: undefined },
    ],
    [
      'of a fork, another commit approved',
      fromFork({}, 'f'.repeat(40)),
      { ...hinted, commit: fullCommit, authSecret: undefined },
    ],
    [
      'of a fork that names itself beside a ref',
      fromFork({ ref: 'refs/pull/7/head', headRepository: head }),
      { ref: 'refs/pull/7/head' },
    ],
    ['of a fork itself, unapproved', fromFork({ headRepository: head }), { repository: head, branch: 'main' }],
    [
      'of a fork itself, approved',
      fromFork({ headRepository: head }, fullCommit),
      { repository: head, commit: fullCommit, branch: 'main', authSecret: undefined, requiredBranches: undefined },
    ],
    [
      'of a fork on another host',
      fromFork({ headRepository: 'https://evil.test/eve/app' }, fullCommit),
      { ...hinted, authSecret: 'key', requiredBranches: undefined },
    ],
    ['of a fork with a credential in its URL', fromFork({ headRepository: 'https://u:p@git.test/eve/app' }), hinted],
    ['of a fork at no URL', fromFork({ headRepository: 'ext::sh -c x' }), hinted],
    [
      'of a fork with a branch of an odd name',
      fromFork({ headRepository: head, branch: 'a..b' }),
      { repository: head, branch: undefined },
    ],
    ['of a ref that is none', fromFork({ ref: 'main' }), hinted],
    ['of a ref of an odd name', fromFork({ ref: 'refs/a..b' }), hinted],
  ])('%s', (...[, run, want]) => {
    for (const isFrozen of [true, false]) {
      expect(order(run, isFrozen)).toEqual({
        repository: own,
        commit: run.spec.commit,
        branch: undefined,
        ref: undefined,
        authSecret: undefined,
        requiredBranches: ['main'],
        ...want,
      })
    }
  })
})
