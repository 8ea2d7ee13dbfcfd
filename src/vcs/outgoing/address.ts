import type { RepositoryUrl } from '../../lib/repository.ts'

export interface PlacementRule {
  /** Where the API lies on a host of the forge's own software: /api/v4. */
  readonly path: string
  /** Hosts with another API than that: the host of the repository → base of the API. */
  readonly known: (host: string) => string | undefined
}

export interface Placement {
  /** No slash at the end. */
  readonly base: string
  /** Parts of the repository's path: owner and name, for some forges more between. Not percent-encoded. */
  readonly parts: readonly string[]
}

/** Where the API of the repository's forge is, and what the repository is called there. */
export function placeRepository(url: RepositoryUrl, apiURL: string | undefined, rule: PlacementRule): Placement {
  const base = apiURL === undefined ? findBase(url, rule) : apiURL.replace(/\/+$/, '')
  const prefix = toPrefix(apiURL, rule.path)
  const isBelow = prefix !== '' && url.path.startsWith(`${prefix}/`)
  return { base, parts: toParts(isBelow ? url.path.slice(prefix.length) : url.path) }
}

export function toHost(url: RepositoryUrl): string {
  return url.host.toLowerCase().replace(/\.$/, '')
}

/** What may follow "spec.repository"; undefined where the parts can be a repository. */
export function findPartsProblem(
  parts: readonly string[],
  isRightCount: (count: number) => boolean,
): string | undefined {
  if (!isRightCount(parts.length)) return 'does not name an owner and a repository at this forge'
  return parts.some((part) => /^\.{1,2}$/.test(part)) ? 'has a step upwards (..) in its path' : undefined
}

/** The web address of the forge's host: that of the repository, https for what only Git speaks. */
function toOrigin(url: RepositoryUrl): string {
  const isWeb = url.scheme === 'http' || url.scheme === 'https'
  const port = isWeb && url.port !== undefined ? `:${url.port}` : ''
  return `${isWeb ? url.scheme : 'https'}://${toHost(url)}${port}`
}

function findBase(url: RepositoryUrl, rule: PlacementRule): string {
  return rule.known(toHost(url)) ?? `${toOrigin(url)}${rule.path}`
}

/** A forge below a path of its host (https://host/git/api/v1) has that path before its repositories too. */
function toPrefix(apiURL: string | undefined, apiPath: string): string {
  if (apiURL === undefined || !URL.canParse(apiURL)) return ''
  const path = new URL(apiURL).pathname.replace(/\/+$/, '')
  return path.endsWith(apiPath) ? path.slice(0, -apiPath.length) : ''
}

/** The parts of a repository's path, without .git. */
export function toParts(path: string): readonly string[] {
  const parts = path
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
    .split('/')
  return parts.filter((part) => part !== '').map(decodePart)
}

/** A path may come percent-encoded; calls encode it anew. */
function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
