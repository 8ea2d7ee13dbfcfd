import { parseRepository } from '../../lib/repository.ts'
import { findText } from './fields.ts'

/**
 * Forges name a repository by several URLs, and not always by the one that people write into a connection. Each rule turns one
 * of these into the repository's other addresses.
 */
interface Rule {
  readonly pattern: RegExp
  readonly toPaths: (...groups: readonly string[]) => readonly string[]
}

const rules: readonly Rule[] = [
  // Bitbucket Data Center: the page. Clones go to /scm, where the case of the project does not matter but is kept.
  { pattern: /^(.*)\/projects\/([^/]+)\/repos\/([^/]+)/, toPaths: toScmPaths },
  {
    pattern: /^(.*)\/users\/([^/]+)\/repos\/([^/]+)/,
    toPaths: (base, user, name) => toScmPaths(base, `~${user}`, name),
  },
  // Gitea and GitHub Enterprise: the API. Gitea writes clone_url as the host header of whoever caused the event, but not this.
  {
    pattern: /^(.*)\/api\/v[0-9]+\/repos\/([^/]+)\/([^/]+)/,
    toPaths: (base, owner, name) => [`${base}/${owner}/${name}`],
  },
]

/** Parts of paths below a repository's own page: what comes before them names the repository. */
const below =
  /\/(-|branch|browse|commits?|compare|issues|merge_requests|pulls?|pull-requests|releases|src|tags?|tree|wikis?)(\/|$)/

/** No forge has longer ones, and looking for parts of a hostile one takes time. */
const longestPath = 512

/** The URL itself and the other addresses of the same repository that follow from it. */
export function listRepositoryForms(url: string): readonly string[] {
  const base = /^https?:\/\/[^/?#]+/.exec(url)?.[0]
  if (base === undefined) return [url]
  const path = url.slice(base.length)
  if (path.length > longestPath) return [url]
  const others = rules.flatMap(({ pattern, toPaths }) => {
    const found = pattern.exec(path)
    return found === null ? [] : toPaths(...found.slice(1)).map((other) => `${base}${other}`)
  })
  return [...others, url]
}

/** Addresses of an API with a host of its own, and c8s's own address, which pings tell: nothing to clone. */
const elsewhere = /^https?:\/\/api\.|\/webhooks\/(github|gitlab|bitbucket|gitea)$/

/** The URL of the repository that a page of it belongs to; undefined where the URL names no owner and repository. */
export function toRepositoryPage(url: string): string | undefined {
  const base = /^https?:\/\/[^/?#]+/.exec(url)?.[0]
  if (base === undefined) return url
  if (elsewhere.test(url)) return undefined
  const path = url.slice(base.length)
  const end = below.exec(path)?.index ?? path.length
  const parts = path
    .slice(0, end)
    .split('/')
    .filter((part) => part !== '')
  return parts.length < 2 || /[?#{}]/.test(path) ? undefined : `${base}/${parts.join('/')}`
}

/** The addresses at these paths of the JSON, with all that follow from them. */
export function listRepositoriesAt(payload: unknown, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const url = findText(payload, path)
    return url === undefined ? [] : listRepositoryForms(url)
  })
}

/** A URL that git can clone, from the first of these paths that has one. */
export function findCloneUrl(payload: unknown, paths: readonly string[]): string | undefined {
  return paths.map((path) => findText(payload, path)).find((url) => url !== undefined && 'url' in parseRepository(url))
}

function toScmPaths(base = '', project = '', name = ''): readonly string[] {
  return [`${base}/scm/${project}/${name}`, `${base}/scm/${project.toLowerCase()}/${name}`]
}
