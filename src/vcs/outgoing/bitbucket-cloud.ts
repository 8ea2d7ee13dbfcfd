import type { PullRequest } from '../../lib/forge-event.ts'
import { parseRepository } from '../../lib/repository.ts'
import type { ChangeRange } from '../calls.ts'
import { findPartsProblem, placeRepository, toParts } from './address.ts'
import { findList, findText, readCommit, readNumber, readText } from './answers.ts'
import { createTelling } from './bitbucket-cloud-telling.ts'
import { mostChanges, readPaths } from './changes.ts'
import {
  ask,
  type Conversation,
  ConversationProblem,
  encodePart,
  encodePath,
  type ForgeCall,
  tooLarge,
} from './conversation.ts'
import { mostHeads, readMessage, toHeads } from './heads.ts'
import type { Heads, OutgoingRepository, Reading, RepositoryTarget } from './outgoing.ts'
import { readPages, bitbucketCloudPages as style } from './pages.ts'
import { type FolderEntry, folder, readPipelineFiles } from './pipeline-files.ts'

/** https://developer.atlassian.com/cloud/bitbucket/rest/ */
export const bitbucketCloud = {
  open: ({ url, apiURL }: RepositoryTarget): OutgoingRepository | { readonly problem: string } => {
    const known = (): string => 'https://api.bitbucket.org/2.0'
    const { base, parts } = placeRepository(url, apiURL, { path: '/2.0', known })
    const [workspace = '', slug = ''] = parts
    const problem = findPartsProblem(parts, (count) => count === 2)
    if (problem !== undefined) return { problem }
    const name = `${encodePart(workspace)}/${encodePart(slug)}`
    return { base, reading: createReading(name), telling: createTelling(name) }
  },
}

function get(path: string, query: Readonly<Record<string, string>> = {}): ForgeCall {
  return { method: 'GET', path, query }
}

/** `name` is workspace/slug, percent-encoded. */
function createReading(name: string): Reading {
  const repository = `/repositories/${name}`
  return {
    files: (commit, pullRequest) => readFiles(toHolder(name, pullRequest), commit),
    message: (commit) => readMessage(get(`${repository}/commit/${encodePart(commit)}`)),
    changes: (range) => readChanges(name, range),
    *pullRequest(number) {
      const { body } = yield* ask(get(`${repository}/pullrequests/${number}`))
      const [pullRequest] = yield* completeCommits([body], [])
      if (pullRequest !== undefined) return pullRequest
      throw new ConversationProblem('notFound', `the repository that pull request ${number} comes from cannot be read`)
    },
    canWrite: (user) => canWrite(name, user),
    heads: () => readHeads(repository),
    openPullRequests: () => readOpen(repository),
  }
}

/** A fork's commits are in the fork alone. */
function toHolder(name: string, pullRequest: PullRequest | undefined): string {
  if (pullRequest?.isFork !== true) return name
  const parsed = parseRepository(pullRequest.headRepository ?? '')
  const parts = 'url' in parsed ? toParts(parsed.url.path) : []
  const isHere = 'url' in parsed && parsed.url.host.toLowerCase() === 'bitbucket.org'
  if (isHere && findPartsProblem(parts, (count) => count === 2) === undefined) return parts.map(encodePart).join('/')
  throw new ConversationProblem(
    'notFound',
    `nobody knows the repository that pull request ${pullRequest.number} comes from, which alone has its commits`,
  )
}

function readFiles(name: string, commit: string) {
  const source = `/repositories/${name}/src/${encodePart(commit)}`
  return readPipelineFiles({
    folder: { call: { ...get(`${source}/${folder}/`), expects: [404] }, style, read: toEntry, mayBeOther: true },
    file: (path) => ({ ...get(`${source}/${encodePath(path)}`), answer: 'text', expects: [404, tooLarge] }),
    commit: { ...get(`/repositories/${name}/commit/${encodePart(commit)}`), expects: [404] },
  })
}

function toEntry(entry: unknown): FolderEntry | readonly FolderEntry[] {
  const isSpecial = findList(entry, 'attributes').some((name) => name === 'link' || name === 'subrepository')
  if (findText(entry, 'type') !== 'commit_file' || isSpecial) return []
  return { path: readText(entry, 'path'), size: readNumber(entry, 'size') }
}

const changedNames = ['old.path', 'new.path']

/** The order of the two commits is the opposite of git's; a topic is compared with the merge base, else the two themselves. */
function* readChanges(name: string, range: ChangeRange): Conversation<readonly string[] | undefined> {
  const stat = (spec: string, query: Readonly<Record<string, string>>): ForgeCall => ({
    ...get(`/repositories/${name}/diffstat/${spec}`, query),
    expects: [404, tooLarge],
  })
  if (range.kind === 'push') {
    if (range.before === undefined) return undefined
    const call = stat(`${encodePart(range.commit)}..${encodePart(range.before)}`, { topic: 'false' })
    return yield* readFound(call)
  }
  // The pull request's own address of this answers with a redirect to the one that is made here.
  const { body } = yield* ask(get(`/repositories/${name}/pullrequests/${range.number}`))
  const source = findText(body, 'source.repository.full_name')
  if (source === undefined || !range.commit.startsWith(readText(body, 'source.commit.hash'))) return undefined
  const target = encodePart(readText(body, 'destination.commit.hash'))
  const spec = `${encodePath(source)}:${encodePart(range.commit)}%0D${target}`
  return yield* readFound(stat(spec, { from_pullrequest_id: `${range.number}`, topic: 'true' }))
}

/** Nothing is listed where one of the commits is not there (any more). */
function* readFound(call: ForgeCall): Conversation<readonly string[] | undefined> {
  const paths = yield* readPaths({ call, style, limit: mostChanges }, changedNames)
  return paths?.length === 0 ? undefined : paths
}

/** Only digits and letters of an account id, or a UUID in braces, tell a person; a nickname does not. */
function* canWrite(name: string, user: string): Conversation<boolean | undefined> {
  const [workspace = '', slug = ''] = name.split('/')
  const call = get(`/workspaces/${workspace}/permissions/repositories/${slug}`, { q: 'permission>"read"' })
  const listing = { call: { ...call, expects: [403, 404] }, style, limit: mostHeads }
  const { items, isComplete, status } = yield* readPages({ ...listing, read: (item: unknown) => [item] })
  const names = ['user.uuid', 'user.account_id']
  if (items.some((item) => names.some((field) => findText(item, field) === user))) return true
  return isComplete && status < 400 ? false : undefined
}

function* readHeads(repository: string): Conversation<Heads> {
  const { body } = yield* ask(get(repository))
  const call = get(`${repository}/refs/branches`)
  const { items } = yield* readPages({ call, style, read: toBranch, limit: mostHeads })
  return toHeads(items, findText(body, 'mainbranch.name'))
}

function toBranch(branch: unknown) {
  return { name: readText(branch, 'name'), commit: readCommit(branch, 'target.hash') }
}

/** Every one may cost a call, so only those that changed last are looked at. */
const mostOpen = 100

function* readOpen(repository: string): Conversation<readonly PullRequest[]> {
  const call = get(`${repository}/pullrequests`, { state: 'OPEN', sort: '-updated_on' })
  const paged = { ...style, size: { pagelen: '50' } }
  const { items } = yield* readPages({ call, style: paged, read: (item) => [item], limit: mostOpen })
  const { heads } = yield* readHeads(repository)
  return yield* completeCommits(
    items,
    heads.map(({ commit }) => commit),
  )
}

/**
 * Pull requests with their head commits in full: the forge tells twelve digits of them. What is not among the known commits is
 * asked for; a pull request whose source is gone is left out.
 */
function* completeCommits(bodies: readonly unknown[], known: readonly string[]): Conversation<readonly PullRequest[]> {
  const found = bodies.map((body) => {
    const short = readText(body, 'source.commit.hash')
    const source = findText(body, 'source.repository.full_name')
    return { body, short, source, commit: isFork(body) ? undefined : known.find((full) => full.startsWith(short)) }
  })
  const missing = found.filter(({ commit, source }) => commit === undefined && source !== undefined)
  const answers = yield missing.map(({ source = '', short }) => ({
    ...get(`/repositories/${encodePath(source)}/commit/${encodePart(short)}`),
    expects: [403, 404],
  }))
  return found.flatMap((each) => {
    const answer = answers[missing.indexOf(each)]
    const told = answer === undefined || answer.status >= 400 ? undefined : readCommit(answer.body, 'hash')
    const commit = each.commit ?? told
    return commit === undefined ? [] : [toPullRequest(each.body, commit)]
  })
}

function isFork(body: unknown): boolean {
  const source = findText(body, 'source.repository.uuid')
  return source === undefined || source !== findText(body, 'destination.repository.uuid')
}

/** There is no ref that holds the head of a fork. */
function toPullRequest(body: unknown, commit: string): PullRequest {
  const author = findText(body, 'author.nickname') ?? findText(body, 'author.display_name')
  const source = findText(body, 'source.repository.full_name')
  const url = findText(body, 'links.html.href')
  return {
    number: readNumber(body, 'id'),
    title: findText(body, 'title') ?? '',
    isFork: isFork(body),
    commit,
    branch: readText(body, 'source.branch.name'),
    targetBranch: readText(body, 'destination.branch.name'),
    ...(author === undefined ? {} : { author }),
    ...(isFork(body) && source !== undefined ? { headRepository: `https://bitbucket.org/${source}` } : {}),
    ...(url === undefined ? {} : { url }),
  }
}
