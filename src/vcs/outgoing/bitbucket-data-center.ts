import type { PullRequest } from '../../lib/forge-event.ts'
import type { ChangeRange } from '../calls.ts'
import { findPartsProblem, placeRepository } from './address.ts'
import { findId, findList, findNumber, findText, isTrue, readCommit, readNumber, readText } from './answers.ts'
import { createTelling } from './bitbucket-data-center-telling.ts'
import { mostChanges, readPaths } from './changes.ts'
import { ask, type Conversation, encodePart, encodePath, type ForgeCall, tooLarge } from './conversation.ts'
import { mostHeads, readMessage, toHeads } from './heads.ts'
import type { OutgoingRepository, Reading, RepositoryTarget } from './outgoing.ts'
import { bitbucketFolderPages, readPages, bitbucketDataCenterPages as style } from './pages.ts'
import { type FolderEntry, folder, readPipelineFiles } from './pipeline-files.ts'

/** https://developer.atlassian.com/server/bitbucket/rest/ */
export const bitbucketDataCenter = {
  open: ({ url, apiURL }: RepositoryTarget): OutgoingRepository | { readonly problem: string } => {
    const { base, parts } = placeRepository(url, apiURL, { path: '/rest', known: () => undefined })
    const scm = url.scheme === 'http' || url.scheme === 'https' ? parts.lastIndexOf('scm', parts.length - 3) : -1
    const problem = findPartsProblem(parts.slice(scm + 1), (count) => count === 2)
    if (problem !== undefined) return { problem }
    const [project = '', slug = ''] = parts.slice(scm + 1)
    // https://host/bitbucket/scm/key/slug: the forge lies below a path of its host, and its API with it.
    const context = apiURL === undefined && scm > 0 ? `/${parts.slice(0, scm).map(encodePart).join('/')}` : ''
    const site = { project, slug, web: `${base.replace(/\/rest$/, '')}${context}` }
    return { base: `${site.web}/rest`, reading: createReading(site), telling: createTelling(toSitePaths(site)) }
  },
}

interface Site {
  /** Key of the project; ~name for a person's own. */
  readonly project: string
  readonly slug: string
  /** Its pages. */
  readonly web: string
}

function toSitePaths({ project, slug, web }: Site) {
  const repository = `projects/${encodePart(project)}/repos/${encodePart(slug)}`
  return { repository: `/api/1.0/${repository}`, page: `${web}/${repository}` }
}

function get(path: string, query: Readonly<Record<string, string>> = {}): ForgeCall {
  return { method: 'GET', path, query }
}

function createReading(site: Site): Reading {
  const { repository } = toSitePaths(site)
  return {
    files: (commit) => readFiles(repository, commit),
    message: (commit) => readMessage(get(`${repository}/commits/${encodePart(commit)}`)),
    changes: (range) => readChanges(repository, range),
    *pullRequest(number) {
      return toPullRequest((yield* ask(get(`${repository}/pull-requests/${number}`))).body)
    },
    canWrite: (user) => canWrite(site, user),
    *heads() {
      const call = get(`${repository}/branches`)
      const { items } = yield* readPages({ call, style, read: toBranch, limit: mostHeads })
      return toHeads(items, items.find(({ isDefault }) => isDefault)?.name)
    },
    *openPullRequests() {
      const call = get(`${repository}/pull-requests`, { state: 'OPEN' })
      return (yield* readPages({ call, style, read: toPullRequest, limit: mostHeads })).items
    },
  }
}

/** The commits of a fork's pull request are in the repository too. */
function readFiles(repository: string, commit: string) {
  const browse = { ...get(`${repository}/browse/${folder}`, { at: commit }), expects: [404] }
  return readPipelineFiles({
    folder: { call: browse, style: bitbucketFolderPages, read: toEntry, mayBeOther: true },
    file: (path) => ({
      ...get(`${repository}/raw/${encodePath(path)}`, { at: commit }),
      answer: 'text',
      expects: [404, tooLarge],
    }),
    commit: { ...get(`${repository}/commits/${encodePart(commit)}`), expects: [404] },
  })
}

function toEntry(entry: unknown): FolderEntry | readonly FolderEntry[] {
  if (findText(entry, 'type') !== 'FILE') return []
  const size = findNumber(entry, 'size')
  return { path: `${folder}/${readText(entry, 'path.toString')}`, ...(size === undefined ? {} : { size }) }
}

const changedNames = ['path.toString', 'srcPath.toString']

function* readChanges(repository: string, range: ChangeRange): Conversation<readonly string[] | undefined> {
  if (range.kind === 'push') {
    if (range.before === undefined) return undefined
    const call = get(`${repository}/changes`, { since: range.before, until: range.commit })
    const paths = yield* readPaths(
      { call: { ...call, expects: [404, tooLarge] }, style, limit: mostChanges },
      changedNames,
    )
    // A commit that is not there (any more) looks like no change.
    return paths?.length === 0 ? undefined : paths
  }
  const pull = `${repository}/pull-requests/${range.number}`
  const call = { ...get(`${pull}/changes`), expects: [tooLarge] }
  const paths = yield* readPaths({ call, style, limit: mostChanges }, changedNames)
  // The list is about the head of now; when that has moved on, nobody can tell what this commit changed.
  const { body } = yield* ask(get(pull))
  return findText(body, 'fromRef.latestCommit') === range.commit ? paths : undefined
}

/** People with the permission by whatever way; the filter also finds parts of names and mail addresses. */
function* canWrite({ project, slug }: Site, user: string): Conversation<boolean | undefined> {
  const call = get('/api/1.0/users', {
    filter: user,
    'permission.1': 'REPO_WRITE',
    'permission.1.projectKey': project,
    'permission.1.repositorySlug': slug,
  })
  const listing = { call: { ...call, expects: [401, 403, 404] }, style, limit: mostHeads }
  const { items, isComplete, status } = yield* readPages({ ...listing, read: (item: unknown) => [item] })
  const name = user.toLowerCase()
  if (items.some((item) => findText(item, 'name')?.toLowerCase() === name)) return true
  return isComplete && status < 400 ? false : undefined
}

function toBranch(branch: unknown) {
  return {
    name: readText(branch, 'displayId'),
    commit: readCommit(branch, 'latestCommit'),
    isDefault: isTrue(branch, 'isDefault'),
  }
}

function toPullRequest(body: unknown): PullRequest {
  const number = readNumber(body, 'id')
  const author = findText(body, 'author.user.name')
  const isFork = findId(body, 'fromRef.repository.id') !== findId(body, 'toRef.repository.id')
  const clones = findList(body, 'fromRef.repository.links.clone')
  const clone = clones.find((link) => findText(link, 'name') === 'http')
  const headRepository = isFork && clone !== undefined ? findText(clone, 'href') : undefined
  const url = findText(findList(body, 'links.self')[0], 'href')
  return {
    number,
    title: findText(body, 'title') ?? '',
    isFork,
    commit: readCommit(body, 'fromRef.latestCommit'),
    branch: readText(body, 'fromRef.displayId'),
    targetBranch: readText(body, 'toRef.displayId'),
    ref: `refs/pull-requests/${number}/from`,
    ...(author === undefined ? {} : { author }),
    ...(headRepository === undefined ? {} : { headRepository }),
    ...(url === undefined ? {} : { url }),
  }
}
