import type { ChangeRange, RepositoryTextFile } from '../calls.ts'
import { findPartsProblem, placeRepository } from './address.ts'
import { findNumber, findText, isTrue, readCommit, readList, readText } from './answers.ts'
import { mostChanges, readPaths, toPaths } from './changes.ts'
import { ask, type Conversation, encodePart, type ForgeCall, tooLarge } from './conversation.ts'
import { createTelling } from './gitea-telling.ts'
import { readDefaultBranch, readPermission, readPullRequest } from './github-shapes.ts'
import { mostHeads, readMessage, toHeads } from './heads.ts'
import type { Outgoing, Reading } from './outgoing.ts'
import { type PageStyle, readPages, giteaPages as style } from './pages.ts'
import { type FolderEntry, folder, missingCommit, readTexts } from './pipeline-files.ts'

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
    message: (commit) =>
      readMessage(
        get(`${repository}/git/commits/${encodePart(commit)}`, {
          stat: 'false',
          verification: 'false',
          files: 'false',
        }),
        'commit.message',
      ),
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

interface TreeEntry extends FolderEntry {
  readonly sha: string
  readonly isFolder: boolean
}

/**
 * By trees and blobs, which are named by nothing but their ids: where names may stand, Gitea takes a branch that is called like
 * a commit for the branch. They are also there at once after the first push to an empty repository.
 */
function* readFiles(repository: string, commit: string): Conversation<readonly RepositoryTextFile[]> {
  const root = yield* readTree(repository, commit)
  if (root === undefined) throw missingCommit()
  const found = root.find(({ path, isFolder }) => path === folder && isFolder)
  const inside = found === undefined ? [] : ((yield* readTree(repository, found.sha)) ?? [])
  const entries = [...root, ...inside.map((entry) => ({ ...entry, path: `${folder}/${entry.path}` }))]
  return yield* readTexts(
    entries.filter(({ isFolder }) => !isFolder),
    {
      call: ({ sha }) => ({ ...get(`${repository}/git/blobs/${encodePart(sha)}`), expects: [tooLarge] }),
      read: ({ body }) => Buffer.from(readText(body, 'content'), 'base64').toString(),
    },
  )
}

const treePages: PageStyle = {
  size: {},
  parameter: 'page',
  items: 'tree',
  next: ({ body }, { page }) => (isTrue(body, 'truncated') ? `${Number(page ?? '1') + 1}` : undefined),
}

/** Gitea sorts by name, and ours begin with a dot: what comes later is not looked at. */
const mostTreeEntries = 5000

/** Undefined where the forge does not know the tree: a 400. */
function* readTree(repository: string, sha: string): Conversation<readonly TreeEntry[] | undefined> {
  const call = { ...get(`${repository}/git/trees/${encodePart(sha)}`), expects: [400, 404] }
  const listing = { call, style: treePages, read: toEntry, limit: mostTreeEntries, mayBeOther: true } as const
  const { items, status } = yield* readPages(listing)
  return status >= 400 ? undefined : items
}

/** Links and submodules are left out. */
function toEntry(entry: unknown): TreeEntry | readonly TreeEntry[] {
  const mode = findText(entry, 'mode')
  const isFolder = findText(entry, 'type') === 'tree'
  if (!isFolder && mode !== '100644' && mode !== '100755') return []
  const size = findNumber(entry, 'size') ?? 0
  return { path: readText(entry, 'path'), sha: readText(entry, 'sha'), isFolder, size }
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
  const isElsewhere = findNumber(body, 'head.repo_id') !== findNumber(body, 'base.repo_id')
  const isFork = label === undefined || isElsewhere
  return readPullRequest(body, { isFork, isElsewhere, branch: label ?? readText(body, 'head.ref') })
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
