import { describe, expect, it } from 'vitest'
import type { RunEvent } from './parts/event.ts'
import type { PipelineRunSpec } from './pipeline-run.ts'
import { freezePlan } from './plan.ts'
import { isApproved, isUnapproved, judgeTrust } from './trust.ts'

const receivedAt = '2026-01-01T00:00:00.000Z'
const push: RunEvent = { type: 'push', pipeline: 'app', receivedAt }
const pullRequest = (fork: boolean, branch: string): RunEvent => ({
  type: 'pullRequest',
  pipeline: 'app',
  receivedAt,
  pullRequest: { number: 7, fork, branch, targetBranch: 'main' },
})

describe('judgeTrust', () => {
  it.each<[string, RunEvent | undefined, string[] | undefined, string | undefined]>([
    ['a run by hand', undefined, ['main'], undefined],
    ['a push, whatever its branch', push, ['main'], undefined],
    ['a pull request of an allowed branch', pullRequest(false, 'feature/x'), ['main', 'feature/*'], undefined],
    ['a pull request where all branches are allowed', pullRequest(false, 'feature/x'), undefined, undefined],
    ['a pull request of another branch', pullRequest(false, 'feature/x'), ['main'], 'BranchNotAllowed'],
    ['a pull request where no branch is allowed', pullRequest(false, 'main'), [], 'BranchNotAllowed'],
    ['a fork', pullRequest(true, 'feature/x'), undefined, 'ForkPullRequest'],
    ['a fork whose branch is called like an allowed one', pullRequest(true, 'main'), ['main'], 'ForkPullRequest'],
  ])('%s', (...[, event, branches, want]) => {
    expect(judgeTrust(event, branches)?.reason).toBe(want)
  })

  it('names the pull request, in one line of a length that fits', () => {
    const { message = '' } = judgeTrust(pullRequest(false, `x${'é'.repeat(250)}`), ['main']) ?? {}
    expect(message).toMatch(/^pull request 7 comes from .* do not allow$/)
    expect(message.length).toBeLessThan(300)
  })
})

describe('approval', () => {
  const [a, b] = ['a'.repeat(40), 'b'.repeat(64)]
  const steps = [{ name: 'test', image: 'i', commands: ['c'] }]
  const freeze = (event: RunEvent) =>
    freezePlan({ repository: 'https://h/a', steps }, { run: { name: 'r', commit: a, event } })
  const fork = { commit: a, plan: freeze(pullRequest(true, 'main')) } as PipelineRunSpec
  it.each<[string, PipelineRunSpec, string | undefined, 'approved' | 'unapproved' | 'trusted']>([
    ['a push', { ...fork, plan: freeze(push) }, undefined, 'trusted'],
    ['a push somebody approved', { ...fork, plan: freeze(push), approvedCommit: a }, undefined, 'trusted'],
    ['a fork', fork, undefined, 'unapproved'],
    ['a fork with its commit', { ...fork, approvedCommit: a }, undefined, 'approved'],
    ['a fork with another commit', { ...fork, approvedCommit: b }, undefined, 'unapproved'],
    ['a fork with what the status says', { ...fork, approvedCommit: b }, b, 'unapproved'],
    ['a commit of SHA-256', { ...fork, commit: b, approvedCommit: b }, undefined, 'approved'],
    ['a commit in short', { ...fork, commit: 'aaaaaaa', approvedCommit: 'aaaaaaa' }, undefined, 'unapproved'],
    ['a commit in short, known in full', { ...fork, commit: 'aaaaaaa', approvedCommit: a }, a, 'approved'],
    ['a commit in short, known as another', { ...fork, commit: 'aaaaaaa', approvedCommit: b }, a, 'unapproved'],
  ])('%s', (...[, spec, commit, want]) => {
    const run = { spec, status: commit === undefined ? {} : { commit } }
    expect(isApproved(run) ? 'approved' : isUnapproved(run) ? 'unapproved' : 'trusted').toBe(want)
  })
})
