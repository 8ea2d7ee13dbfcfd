import type { ChangeRange } from '../calls.ts'
import { findPartsProblem, placeRepository } from './address.ts'
import { findId, findList, findText, readCommit, readText } from './answers.ts'
import { readPaths, toPaths } from './changes.ts'
import {
  ask,
  type Conversation,
  encodePart,
  encodePath,
  type ForgeAnswer,
  type ForgeCall,
  tooLarge,
} from './conversation.ts'
import { get, githubHeaders } from './github-calls.ts'
import { readDefaultBranch, readEntry, readPermission, readPullRequest } from './github-shapes.ts'
import { createTelling } from './github-telling.ts'
import { mostHeads, readMessage, toHeads } from './heads.ts'
import type { Outgoing, Reading } from './outgoing.ts'
import { readPages, hubPages as style, wholeList } from './pages.ts'
import { folder, readPipelineFiles } from './pipeline-files.ts'

/** GitHub and GitHub Enterprise: https://docs.github.com/en/rest, version 2022-11-28. */
export const github: Outgoing = {
  provider: 'github',
  open: ({ url, apiURL, caller }) => {
    const { base, parts } = placeRepository(url, apiURL, { path: '/api/v3', known: findKnownBase })
    const problem = findPartsProblem(parts, (count) => count === 2)
    if (problem !== undefined) return { problem }
    const repository = `/repos/${parts.map(encodePart).join('/')}`
    return { base, reading: createReading(repository), telling: createTelling(repository, caller) }
  },
}

/** ssh.github.com is github.com behind firewalls; <name>.ghe.com is GitHub Enterprise Cloud with data residency. */
function findKnownBase(host: string): string | undefined {
  if (['github.com', 'www.github.com', 'ssh.github.com'].includes(host)) return 'https://api.github.com'
  return /^[a-z0-9-]+\.ghe\.com$/.test(host) ? `https://api.${host}` : undefined
}

function createReading(repository: string): Reading {
  return {
    files: (commit) => readFiles(repository, commit),
    message: (commit) => readMessage(get(`${repository}/git/commits/${encodePart(commit)}`)),
    changes: (range) => readChanges(repository, range),
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
  const contents = (path: string): ForgeCall => ({
    ...get(`${repository}/contents/${encodePath(path)}`, { ref: commit }),
    expects: [404],
  })
  return readPipelineFiles({
    folder: { call: contents(folder), style: wholeList, read: readEntry, mayBeOther: true },
    file: (path) => ({
      ...contents(path),
      headers: { ...githubHeaders, accept: 'application/vnd.github.raw+json' },
      answer: 'text',
      expects: [404, tooLarge],
    }),
    commit: { ...get(`${repository}/git/commits/${encodePart(commit)}`), expects: [404] },
  })
}

function toBranch(branch: unknown) {
  return { name: readText(branch, 'name'), commit: readCommit(branch, 'commit.sha') }
}

/** `head.repo` is null where the fork was deleted. */
function toPullRequest(body: unknown) {
  const head = findId(body, 'head.repo.id')
  const isFork = head === undefined || head !== findId(body, 'base.repo.id')
  return readPullRequest(body, { isFork, isElsewhere: isFork, branch: readText(body, 'head.ref') })
}

const changedNames = ['filename', 'previous_filename']
/** A comparison lists at most 300 files, all on its first page; a pull request 3000. */
const mostCompared = 300
const mostListed = 3000

function* readChanges(repository: string, range: ChangeRange): Conversation<readonly string[] | undefined> {
  if (range.kind === 'push') {
    if (range.before === undefined) return undefined
    const path = `${repository}/compare/${encodePart(range.before)}...${encodePart(range.commit)}`
    const answer = yield* ask({ ...get(path, { per_page: '1' }), expects: [404, tooLarge] })
    return isForward(answer) ? toPaths(findList(answer.body, 'files'), changedNames) : undefined
  }
  const pull = `${repository}/pulls/${range.number}`
  const call = { ...get(`${pull}/files`), expects: [tooLarge] }
  const paths = yield* readPaths({ call, style, limit: mostListed - 1 }, changedNames)
  // The list is about the head of now; when that has moved on, nobody can tell what this commit changed.
  const { body } = yield* ask(get(pull))
  return findText(body, 'head.sha') === range.commit ? paths : undefined
}

/** After a forced push the comparison starts at the merge base, not at what the branch was. */
function isForward({ status, body }: ForgeAnswer): boolean {
  const isAhead = ['ahead', 'identical'].includes(findText(body, 'status') ?? '')
  return status < 300 && isAhead && findList(body, 'files').length < mostCompared
}
