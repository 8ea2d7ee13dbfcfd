import { describe, expect, it } from 'vitest'
import { aCommit, aPullRequest, head } from '../../../test/helpers/forge-events.ts'
import { aKnownRun, type KnownRun } from '../../../test/helpers/known-run.ts'
import { findRunsToApprove, refuseApproval, wasApproved } from './ok-to-test.ts'
import { findOutdatedRuns, findRunsOfClosed, findRunsOfDeleted } from './stopped-runs.ts'

const written = '2026-11-21T10:00:00Z'
const now = Date.parse(written) + 500
const before = '2026-11-21T09:59:59.999Z'
const earlier = '2026-11-21T09:00:00.000Z'
const after = '2026-11-21T10:00:00.000Z'
const old = aCommit('b')
const alike = `${head.slice(0, 12)}${'c'.repeat(28)}`

type Row = readonly [what: string, named: string | undefined, runs: readonly KnownRun[], want: string | undefined]

describe('/ok-to-test', () => {
  it.each<Row>([
    ['the head was seen before the comment', undefined, [{ receivedAt: before }], undefined],
    ['the head was seen in the same moment', undefined, [{ receivedAt: after }], 'PullRequestChanged'],
    ['nothing was seen', undefined, [], 'PullRequestChanged'],
    ['an earlier head was seen', undefined, [{ commit: old, receivedAt: before }], 'PullRequestChanged'],
    [
      'pushed between reading and writing',
      undefined,
      [{ commit: old, receivedAt: earlier }, { receivedAt: after }],
      'PullRequestChanged',
    ],
    ['the head came last', undefined, [{ commit: old, receivedAt: earlier }, { receivedAt: before }], undefined],
    // First the bad commit, then a harmless one to be read, then the bad one again, which makes no new run.
    [
      'pushed back to what was seen',
      undefined,
      [{ receivedAt: earlier }, { commit: old, receivedAt: before }],
      'PullRequestChanged',
    ],
    ['seen in another pull request', undefined, [{ number: 8, receivedAt: before }], 'PullRequestChanged'],
    ['seen as a push', undefined, [{ type: 'push', branch: 'main', receivedAt: before }], 'PullRequestChanged'],
    ['the commit is named', head, [], undefined],
    ['its first digits are', head.slice(0, 7), [], undefined],
    ['in capitals', head.slice(0, 9).toUpperCase(), [], undefined],
    ['too few digits', head.slice(0, 6), [{ receivedAt: before }], 'CommitInvalid'],
    ['no digits', 'please', [{ receivedAt: before }], 'CommitInvalid'],
    ['another commit', old, [{ receivedAt: before }], 'PullRequestChanged'],
    ['more digits than the head has', `${head}aa`, [], 'PullRequestChanged'],
    ['digits of two commits', head.slice(0, 12), [{ commit: alike }, {}], 'CommitInvalid'],
    ['all digits of one of them', head, [{ commit: alike }, {}], undefined],
  ])('%s', (...[, named, runs, want]) => {
    const request = { event: { createdAt: written }, pullRequest: aPullRequest(), runs: runs.map(aKnownRun), now }
    const refusal = refuseApproval(named, request)
    expect(refusal?.reason).toBe(want)
    if (refusal !== undefined && want === 'PullRequestChanged' && named === undefined)
      expect(refusal.message).toContain(`write /ok-to-test ${head}`)
  })

  it.each(['', 'yesterday', '2026-13-45'])('approves nothing where the comment has no time: %j', (createdAt) => {
    const request = {
      event: { createdAt },
      pullRequest: aPullRequest(),
      runs: [aKnownRun({ receivedAt: earlier })],
      now,
    }
    expect(refuseApproval(undefined, request)?.reason).toBe('PullRequestChanged')
  })

  it('approves nothing by a clock that is behind the forge’s', () => {
    const request = { event: { createdAt: written }, pullRequest: aPullRequest(), runs: [aKnownRun()], now: now - 501 }
    expect(refuseApproval(undefined, request)?.reason).toBe('ClocksDiffer')
    expect(refuseApproval(head, request)).toBeUndefined()
  })

  it.each<readonly [string, KnownRun, boolean]>([
    ['one that waits', {}, true],
    ['one that runs without secrets so far', { phase: 'Running', usesSecret: false }, true],
    ['one of another commit', { commit: old }, false],
    ['one of another pull request', { number: 8 }, false],
    ['one that is trusted', { type: 'push', branch: 'main' }, false],
    ['one that has ended', { phase: 'Failed' }, false],
    ['one that is being cancelled', { cancel: true }, false],
    ['one that is approved', { approvedCommit: head }, false],
  ])('approves %s: %#', (_, run, want) => {
    expect(findRunsToApprove(aPullRequest(), [aKnownRun(run)])).toHaveLength(want ? 1 : 0)
  })

  it('counts for the commit, in this pull request', () => {
    expect(wasApproved(aPullRequest(), [aKnownRun({ approvedCommit: head })])).toBe(true)
    expect(wasApproved(aPullRequest(), [aKnownRun({ approvedCommit: head, number: 8 })])).toBe(false)
    expect(wasApproved(aPullRequest({ commit: old }), [aKnownRun({ approvedCommit: head })])).toBe(false)
  })
})

describe('what an event stops', () => {
  it.each<readonly [string, KnownRun, boolean]>([
    ['waits for the approval of an earlier commit', { commit: old }, true],
    ['is of the head', {}, false],
    ['is approved', { commit: old, approvedCommit: old }, false],
    ['runs without secrets', { commit: old, usesSecret: false }, false],
    ['is of another pull request', { commit: old, number: 8 }, false],
    ['has ended', { commit: old, phase: 'Failed' }, false],
  ])('after the next push to a pull request: what %s', (_, run, want) => {
    expect(findOutdatedRuns(aPullRequest(), [aKnownRun(run)])).toHaveLength(want ? 1 : 0)
  })

  it.each<readonly [string, KnownRun, boolean]>([
    ['goes on', { phase: 'Running' }, true],
    ['waits', { commit: old }, true],
    ['has ended', { phase: 'Succeeded' }, false],
    ['is of another pull request', { number: 8 }, false],
    ['is of a push', { type: 'push', branch: 'feature/thing' }, false],
  ])('after a pull request is closed: what %s', (_, run, want) => {
    expect(findRunsOfClosed(aPullRequest(), [aKnownRun(run)])).toHaveLength(want ? 1 : 0)
  })

  it.each<readonly [string, KnownRun, boolean]>([
    ['was pushed there', { type: 'push', branch: 'dev', phase: 'Running' }, true],
    ['was pushed elsewhere', { type: 'push', branch: 'main' }, false],
    ['is of a pull request from there', { branch: 'dev', isFork: false }, false],
    ['was asked for by a person', { type: 'request', branch: 'dev' }, false],
    ['has ended', { type: 'push', branch: 'dev', phase: 'Succeeded' }, false],
  ])('after a branch is deleted: what %s', (_, run, want) => {
    expect(findRunsOfDeleted({ kind: 'branch', name: 'dev' }, [aKnownRun(run)])).toHaveLength(want ? 1 : 0)
    expect(findRunsOfDeleted({ kind: 'tag', name: 'dev' }, [aKnownRun(run)])).toHaveLength(0)
  })
})
