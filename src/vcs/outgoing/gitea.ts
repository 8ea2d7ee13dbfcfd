import type { ChangeRange } from '../calls.ts'
import { findPartsProblem, placeRepository } from './address.ts'
import { findNumber, findText, readCommit, readList, readText } from './answers.ts'
import { mostChanges, readPaths, toPaths } from './changes.ts'
import { ask, type Conversation, encodePart, encodePath, type ForgeCall, tooLarge } from './conversation.ts'
import { createTelling } from './gitea-telling.ts'
import { readDefaultBranch, readEntry, readPermission, readPullRequest } from './github-shapes.ts'
import { mostHeads, toHeads } from './heads.ts'
import type { Outgoing, Reading } from './outgoing.ts'
import { readPages, giteaPages as style, wholeList } from './pages.ts'
import { folder, readPipelineFiles } from './pipeline-files.ts'

/** Gitea and Forgejo: <host>/api/swagger */
export const gitea: Outgoing = {
  provider: 'gitea',
  open: ({ url, apiURL, caller }) => {
    const { base, parts } = placeRepository(url, apiURL, { path: '/api/v1', known: () => undefined })
    const problem = findPartsProblem(parts, (count) => count === 2)
    if (problem !== undefined) return { problem }
    const repository = `/repos/${parts.map(encodePart).join('/')}`
    return { base, reading: createReading(repository), telling: createTelling(repository, caller) }
  },
}

function get(path: string, query: Readonly<Record<string, string>> = {}): ForgeCall {
  return { method: 'GET', path, query }
}

function createReading(repository: string): Reading {
  return {
    files: (commit) => readFiles(repository, commit),
    changes: (range) => (range.kind === 'push' ? readPushed(repository, range) : readRequested(repository, range)),
    *pullRequest(number) {
      return toPullRequest((yield* ask(get(`${repository}/pulls/${number}`))).body)
    },
    *canWrite(user) {
      const path = `${repository}/collaborators/${encodePart(user)}/permission`
      return readPermission(yield* ask({ ...get(path), expects: [403, 404] }))
    },
    *heads() {
      const defaultBranch = readDefaultBranch(yield* ask(get(repository)))
      const call = get(`${repository}/branches`)
      const { items } = yield* readPages({ call, style, read: toBranch, limit: mostHeads })
      return toHeads(items, defaultBranch)
    },
    *openPullRequests() {
      const call = get(`${repository}/pulls`, { state: 'open' })
      return (yield* readPages({ call, style, read: toPullRequest, limit: mostHeads })).items
    },
  }
}

function readFiles(repository: string, commit: string) {
  const contents = get(`${repository}/contents/${folder}`, { ref: commit })
  // The cheapest look at a commit there is.
  const bare = { stat: 'false', verification: 'false', files: 'false' }
  return readPipelineFiles({
    folder: { call: { ...contents, expects: [404] }, style: wholeList, read: readEntry, mayBeOther: true },
    file: (path) => ({
      ...get(`${repository}/raw/${encodePath(path)}`, { ref: commit }),
      answer: 'text',
      expects: [404, tooLarge],
    }),
    commit: { ...get(`${repository}/git/commits/${encodePart(commit)}`, bare), expects: [404] },
  })
}

function toBranch(branch: unknown) {
  return { name: readText(branch, 'name'), commit: readCommit(branch, 'commit.id') }
}

/**
 * The label is the branch, and empty where the request was pushed to refs/for (AGit): whoever may read a repository may do
 * that, so such a request is taken for one from a fork. `repo_id` is -1 where the fork was deleted.
 */
function toPullRequest(body: unknown) {
  const label = findText(body, 'head.label')
  const isFork = label === undefined || findNumber(body, 'head.repo_id') !== findNumber(body, 'base.repo_id')
  return readPullRequest(body, { isFork, branch: label ?? readText(body, 'head.ref') })
}

/**
 * Gitea compares from the merge base and lists the commits with their files. Where the branch had commits that it has no
 * more (a forced push), the comparison the other way round is not empty. An unknown commit is a 500.
 */
function* readPushed(
  repository: string,
  { before, commit }: ChangeRange & { readonly kind: 'push' },
): Conversation<readonly string[] | undefined> {
  if (before === undefined) return undefined
  const [old, young] = [encodePart(before), encodePart(commit)]
  const expects = [404, 500, tooLarge]
  const [forward, backward] = yield [
    { ...get(`${repository}/compare/${old}...${young}`, { verification: 'false' }), expects },
    { ...get(`${repository}/compare/${young}...${old}`, { verification: 'false', files: 'false' }), expects },
  ]
  if (forward === undefined || forward.status >= 300) return undefined
  if (backward === undefined || backward.status >= 300 || findNumber(backward.body, 'total_commits') !== 0) {
    return undefined
  }
  const commits = readList(forward.body, 'commits')
  return toPaths(
    commits.flatMap((each) => readList(each, 'files')),
    ['filename'],
  )
}

function* readRequested(
  repository: string,
  range: ChangeRange & { readonly kind: 'pullRequest' },
): Conversation<readonly string[] | undefined> {
  const pull = `${repository}/pulls/${range.number}`
  const call = { ...get(`${pull}/files`), expects: [tooLarge] }
  const paths = yield* readPaths({ call, style, limit: mostChanges }, ['filename', 'previous_filename'])
  // The list is about the head of now; when that has moved on, nobody can tell what this commit changed.
  const { body } = yield* ask(get(pull))
  return findText(body, 'head.sha') === range.commit ? paths : undefined
}
