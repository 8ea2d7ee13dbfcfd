import { expect, it } from 'vitest'
import type { PullRequest } from '../../lib/forge-event.ts'
import { toFoundEvent, toListedHeads } from './found-event.ts'

const commit = 'a'.repeat(40)
const before = 'b'.repeat(40)
const pullRequest: PullRequest = {
  number: 7,
  title: 'Add a thing',
  isFork: true,
  commit,
  branch: 'thing',
  targetBranch: 'main',
  url: 'https://git.test/a/b/pulls/7',
}
const listed = {
  defaultBranch: 'main',
  heads: [
    { ref: 'refs/heads/main', commit },
    { ref: 'refs/tags/v1', commit },
    { ref: 'refs/notes/x', commit },
  ],
  pullRequests: [pullRequest],
}

it('branches, tags and pull requests are followed', () => {
  expect(toListedHeads(listed).map(({ ref }) => ref)).toEqual(['refs/heads/main', 'refs/tags/v1', 'pull/7'])
})

it('a moved branch is a push, with the message where it is known', () => {
  expect(toFoundEvent({ ref: 'refs/heads/a/b', commit, before }, listed, 'Fix it')).toEqual({
    kind: 'push',
    delivery: 'head:refs/heads/a/b',
    name: 'head',
    defaultBranch: 'main',
    ref: { kind: 'branch', name: 'a/b' },
    commit,
    before,
    message: 'Fix it',
  })
})

it('a new tag is a push of it', () => {
  expect(toFoundEvent({ ref: 'refs/tags/v1', commit }, { heads: [], pullRequests: [] })).toEqual({
    kind: 'push',
    delivery: 'head:refs/tags/v1',
    name: 'head',
    ref: { kind: 'tag', name: 'v1' },
    commit,
  })
})

it('a pull request was opened or updated', () => {
  const opened = toFoundEvent({ ref: 'pull/7', commit }, listed)
  expect(opened).toMatchObject({ kind: 'pullRequest', action: 'opened', pullRequest, delivery: 'head:pull/7' })
  expect(opened?.url).toBe(pullRequest.url)
  expect(toFoundEvent({ ref: 'pull/7', commit, before }, listed)).toMatchObject({ action: 'updated' })
})
