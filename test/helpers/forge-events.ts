import type {
  CommentEvent,
  DeletionEvent,
  PullRequest,
  PullRequestEvent,
  PushEvent,
} from '../../src/lib/forge-event.ts'

/** Events of one repository, the plainest there are; each can be changed by what is given. */

/** A commit in full whose digits say which it is. */
export const aCommit = (digit: string): string => digit.repeat(40).slice(0, 40)

export const head = aCommit('a')

export const aPush = (change: Partial<PushEvent> = {}): PushEvent => ({
  kind: 'push',
  delivery: 'delivery-1',
  name: 'push',
  sender: 'alice',
  ref: { kind: 'branch', name: 'main' },
  commit: head,
  message: 'Add a thing\n\nBecause.',
  ...change,
})

export const aTagPush = (tag: string, change: Partial<PushEvent> = {}): PushEvent =>
  aPush({ ref: { kind: 'tag', name: tag }, ...change })

export const aDeletion = (branch: string): DeletionEvent => ({
  kind: 'deletion',
  delivery: 'delivery-2',
  name: 'push',
  ref: { kind: 'branch', name: branch },
})

export const aPullRequest = (change: Partial<PullRequest> = {}): PullRequest => ({
  number: 7,
  title: 'Add a thing',
  author: 'mallory',
  isFork: true,
  commit: head,
  branch: 'feature/thing',
  targetBranch: 'main',
  ref: 'refs/pull/7/head',
  headRepository: 'https://git.test/mallory/app',
  url: 'https://git.test/team/app/pulls/7',
  ...change,
})

/** From a branch of the repository itself. */
export const anOwnPullRequest = (change: Partial<PullRequest> = {}): PullRequest => {
  const { headRepository: _, ...rest } = aPullRequest({ isFork: false, author: 'alice', ...change })
  return rest
}

export const aPullRequestEvent = (
  pullRequest: PullRequest = aPullRequest(),
  action: PullRequestEvent['action'] = 'updated',
): PullRequestEvent => ({
  kind: 'pullRequest',
  delivery: 'delivery-3',
  name: 'pull_request',
  sender: pullRequest.author ?? 'alice',
  action,
  pullRequest,
})

export const aComment = (text: string, change: Partial<CommentEvent> = {}): CommentEvent => ({
  kind: 'comment',
  delivery: 'delivery-4',
  name: 'issue_comment',
  number: 7,
  comment: '4711',
  text,
  createdAt: '2026-11-21T10:00:00Z',
  author: 'alice',
  ...change,
})
