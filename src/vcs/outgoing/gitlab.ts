import type { PullRequest } from '../../lib/forge-event.ts'
import type { ChangeRange } from '../calls.ts'
import { findPartsProblem, placeRepository } from './address.ts'
import { findNumber, findText, findValue, isTrue, readCommit, readList, readNumber, readText } from './answers.ts'
import { mostChanges, readPaths, toPaths } from './changes.ts'
import { ask, type Conversation, type ForgeAnswer, type ForgeCall, tooLarge } from './conversation.ts'
import { createTelling } from './gitlab-telling.ts'
import { mostHeads, readMessage, toHeads } from './heads.ts'
import type { Outgoing, Reading } from './outgoing.ts'
import { readPages, hubPages as style } from './pages.ts'
import { type FolderEntry, folder, readPipelineFiles } from './pipeline-files.ts'

/** GitLab, hosted or one's own: https://docs.gitlab.com/api/rest/ */
export const gitlab: Outgoing = {
  provider: 'gitlab',
  open: ({ url, apiURL }) => {
    const known = (host: string) =>
      ['gitlab.com', 'altssh.gitlab.com'].includes(host) ? 'https://gitlab.com/api/v4' : undefined
    const { base, parts } = placeRepository(url, apiURL, { path: '/api/v4', known })
    const problem = findPartsProblem(parts, (count) => count >= 2)
    if (problem !== undefined) return { problem }
    const project = `/projects/${encodeId(parts.join('/'))}`
    return { base, reading: createReading(project), telling: createTelling(project) }
  },
}

/** GitLab's router takes a dot for the start of a format: its documentation escapes it too. */
function encodeId(text: string): string {
  return encodeURIComponent(text).replaceAll('.', '%2E')
}

function get(path: string, query: Readonly<Record<string, string>> = {}): ForgeCall {
  return { method: 'GET', path, query }
}

function createReading(project: string): Reading {
  return {
    files: (commit) => readFiles(project, commit),
    message: (commit) => readMessage(get(`${project}/repository/commits/${encodeId(commit)}`)),
    changes: (range) => readChanges(project, range),
    *pullRequest(number) {
      return toPullRequest((yield* ask(get(`${project}/merge_requests/${number}`))).body)
    },
    canWrite: (user) => canWrite(project, user),
    *heads() {
      const defaultBranch = findText((yield* ask(get(project))).body, 'default_branch')
      const call = get(`${project}/repository/branches`)
      const { items } = yield* readPages({ call, style, read: toBranch, limit: mostHeads })
      return toHeads(items, defaultBranch)
    },
    *openPullRequests() {
      const call = get(`${project}/merge_requests`, { state: 'opened' })
      return (yield* readPages({ call, style, read: toPullRequest, limit: mostHeads })).items
    },
  }
}

function readFiles(project: string, commit: string) {
  const tree = get(`${project}/repository/tree`, { path: folder, ref: commit })
  return readPipelineFiles({
    folder: { call: { ...tree, expects: [404] }, style, read: toEntry },
    file: (path) => ({
      ...get(`${project}/repository/files/${encodeId(path)}/raw`, { ref: commit }),
      answer: 'text',
      expects: [404, tooLarge],
    }),
    commit: { ...get(`${project}/repository/commits/${encodeId(commit)}`), expects: [404] },
  })
}

/** Links (mode 120000) are blobs too; what they lead to is not looked at. */
function toEntry(entry: unknown): FolderEntry | readonly FolderEntry[] {
  const isFile = findText(entry, 'type') === 'blob' && findText(entry, 'mode') !== '120000'
  return isFile ? { path: readText(entry, 'path') } : []
}

function toBranch(branch: unknown) {
  return { name: readText(branch, 'name'), commit: readCommit(branch, 'commit.id') }
}

/**
 * The project it comes from is known by its number only; its commits are in the target project under the ref. The number is
 * null where that project was deleted.
 */
function toPullRequest(body: unknown): PullRequest {
  const number = readNumber(body, 'iid')
  const author = findText(body, 'author.username')
  const url = findText(body, 'web_url')
  return {
    number,
    title: findText(body, 'title') ?? '',
    isFork: findNumber(body, 'source_project_id') !== readNumber(body, 'target_project_id'),
    commit: readCommit(body, 'sha'),
    branch: readText(body, 'source_branch'),
    targetBranch: readText(body, 'target_branch'),
    ref: `refs/merge-requests/${number}/head`,
    ...(author === undefined ? {} : { author }),
    ...(url === undefined ? {} : { url }),
  }
}

const changedNames = ['old_path', 'new_path']
/** diff_max_files of an instance as it comes; a comparison stops there without a word. */
const mostCompared = 1000

function* readChanges(project: string, range: ChangeRange): Conversation<readonly string[] | undefined> {
  if (range.kind === 'push') {
    if (range.before === undefined) return undefined
    const query = { from: range.before, to: range.commit, straight: 'true' }
    const answer = yield* ask({ ...get(`${project}/repository/compare`, query), expects: [404, tooLarge] })
    return isWhole(answer) ? toPaths(readList(answer.body, 'diffs'), changedNames) : undefined
  }
  const request = `${project}/merge_requests/${range.number}`
  const call = { ...get(`${request}/diffs`), expects: [tooLarge] }
  const paths = yield* readPaths({ call, style, limit: mostChanges }, changedNames)
  // The list is about the head of now; when that has moved on, nobody can tell what this commit changed.
  const { body } = yield* ask(get(request))
  const isCut = findText(body, 'changes_count')?.endsWith('+') ?? false
  return !isCut && findText(body, 'sha') === range.commit ? paths : undefined
}

function isWhole({ status, body }: ForgeAnswer): boolean {
  return status < 300 && !isTrue(body, 'compare_timeout') && readList(body, 'diffs').length < mostCompared
}

/** Developer, the first role that may push. */
const developer = 30

/** A user may be given by id or by name; only digits are an id. Inherited and invited memberships count. */
function* canWrite(project: string, user: string): Conversation<boolean | undefined> {
  const id = /^[0-9]+$/.test(user) ? user : yield* findUserId(user)
  if (id === undefined) return undefined
  const { status, body } = yield* ask({ ...get(`${project}/members/all/${encodeId(id)}`), expects: [403, 404] })
  if (status === 403) return undefined
  if (status === 404) return false
  return readNumber(body, 'access_level') >= developer && (findText(body, 'state') ?? 'active') === 'active'
}

function* findUserId(username: string): Conversation<string | undefined> {
  const { body, status } = yield* ask({ ...get('/users', { username }), expects: [403] })
  if (status === 403) return undefined
  const found = readList(body).find((user) => findText(user, 'username')?.toLowerCase() === username.toLowerCase())
  const id = findValue(found, 'id')
  return typeof id === 'number' ? `${id}` : undefined
}
