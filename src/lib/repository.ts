/** A repository URL taken apart. Never holds a credential. */
export interface RepositoryUrl {
  readonly scheme: 'http' | 'https' | 'git' | 'ssh'
  /** Only of an ssh URL. */
  readonly user?: string
  readonly host: string
  readonly port?: number
  /** With its leading slash; empty where the URL ends after the host. */
  readonly path: string
}

export type ParsedRepository = { readonly url: RepositoryUrl } | { readonly problem: string }

const schemes = ['http', 'https', 'git', 'ssh'] as const
const defaultPorts = { http: 80, https: 443, git: 9418, ssh: 22 } as const
const hostForm = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.]+\])$/

interface Refusal {
  readonly isMet: (text: string) => boolean
  readonly problem: string
}

/** What is wrong with a text as a whole, the first that applies. None of the reasons quotes the text. */
const refusals: readonly Refusal[] = [
  {
    isMet: (text) => /[\p{Cc}\p{Cf}\p{Z}\\]/u.test(text),
    problem: 'holds white space, a control character or a backslash',
  },
  { isMet: (text) => text.startsWith('-'), problem: 'starts with a dash, which git would take for an option' },
  { isMet: (text) => /^[A-Za-z0-9+.-]+::/.test(text), problem: 'names a transport helper (such as ext::)' },
  {
    isMet: (text) => /%(0[0-9a-f]|1[0-9a-f]|7f)/i.test(text),
    problem: 'holds an encoded control character',
  },
  {
    isMet: (text) => /^[^/]*[^/:]:(?!\/\/)/.test(text) && !text.includes('://'),
    problem: 'has the short form of ssh: write ssh://git@host/owner/name',
  },
  {
    isMet: (text) => !schemes.some((scheme) => text.startsWith(`${scheme}://`)),
    problem: 'does not start with https://, http://, ssh:// or git://',
  },
  {
    isMet: (text) => /[?#]/.test(text),
    problem: 'has a query or fragment, where credentials hide: give only scheme, host and path',
  },
  { isMet: (text) => /\/--/.test(text), problem: 'has a path that looks like an option of git' },
]

/** Takes a repository URL apart, or says what is wrong with it in words that may follow "the URL". */
export function parseRepository(text: string): ParsedRepository {
  const refusal = refusals.find(({ isMet }) => isMet(text))
  if (refusal !== undefined) return { problem: refusal.problem }
  const scheme = schemes.find((known) => text.startsWith(`${known}://`)) ?? 'https'
  const rest = text.slice(scheme.length + 3)
  const slash = rest.indexOf('/')
  const authority = slash === -1 ? rest : rest.slice(0, slash)
  const path = slash === -1 ? '' : rest.slice(slash)
  // A slash in a password: everything up to the last @ is meant as one, unless it starts like a port.
  if (path.includes('@') && /^[^/@]*:(?![0-9]{1,5}\/)/.test(rest)) return { problem: credentialProblem }
  return parseAuthority(authority, { scheme, path })
}

/**
 * The same text for all spellings of one repository: `https://host/a/b.git`, `ssh://git@HOST:22/a/b/`, `git@host:a/b`
 * are `host/a/b`. For comparing and looking up only. Case counts in paths, because it does for some forges.
 */
export function toCanonicalRepository(text: string): string {
  const parsed = parseRepository(fromShortForm(text))
  if ('problem' in parsed) return text
  const { scheme, host, port, path } = parsed.url
  const isUsualPort = port === undefined || port === defaultPorts[scheme]
  const parts = path.split('/').filter((part) => part !== '')
  const trimmed = parts.join('/').replace(/\.git$/, '')
  return `${host.toLowerCase().replace(/\.$/, '')}${isUsualPort ? '' : `:${port}`}/${trimmed}`
}

/** Any text with the credentials of the URLs in it replaced by `***`; rather too much than too little. */
export function redactUrls(text: string): string {
  return text
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/)[^\s"'<>]*@/g, '$1***@')
    .replace(/([A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s"'<>?#]*)[?#][^\s"'<>]*/g, '$1?***')
}

const credentialProblem = 'holds a credential: put it into a Secret and name that as authSecretRef of the connection'

function parseAuthority(authority: string, rest: Pick<RepositoryUrl, 'scheme' | 'path'>): ParsedRepository {
  const at = authority.lastIndexOf('@')
  const user = at === -1 ? undefined : authority.slice(0, at)
  const { host = '', port } = /^(?<host>\[[^\]]*\]|[^:]*)(?::(?<port>.*))?$/.exec(authority.slice(at + 1))?.groups ?? {}
  const problem = findUserProblem(user, rest.scheme) ?? findHostProblem(host, port)
  if (problem !== undefined) return { problem }
  const url = { ...rest, host, ...(user === undefined ? {} : { user }) }
  return { url: port === undefined ? url : { ...url, port: Number(port) } }
}

function findUserProblem(user: string | undefined, scheme: RepositoryUrl['scheme']): string | undefined {
  if (user === undefined) return undefined
  if (scheme !== 'ssh' || user.includes(':')) return credentialProblem
  return /^[A-Za-z0-9_][-A-Za-z0-9_.]*$/.test(user) ? undefined : 'has no legal user name'
}

function findHostProblem(host: string, port: string | undefined): string | undefined {
  if (host === '') return 'has no host'
  if (!hostForm.test(host)) return 'has a host that is neither a host name nor an IP address'
  return port === undefined || isPort(port) ? undefined : 'has a port that is not a number from 1 to 65535'
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535
}

/** `git@host:owner/name` as the URL it stands for. */
function fromShortForm(text: string): string {
  const { user, host, path } = /^(?<user>[\w.-]+@)?(?<host>[\w.-]+):(?!\/\/)(?<path>.+)$/.exec(text)?.groups ?? {}
  return host === undefined || path === undefined ? text : `ssh://${user ?? ''}${host}/${path.replace(/^\/+/, '')}`
}
