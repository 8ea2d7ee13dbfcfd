import { join } from 'node:path'
import type { RepositoryUrl } from '../lib/repository.ts'

/** What a repository's Secret holds. */
export interface Credential {
  readonly username?: string
  readonly password?: string
  readonly sshKey?: string
  readonly knownHosts?: string
}

/** A file in the private folder that git or ssh reads; all are for the owner only. */
export interface PrivateFile {
  readonly name: string
  readonly text: string
}

/**
 * Git's settings for an untrusted repository. They are in the file that git takes for the user's own, so that they hold
 * for every git process that git itself starts (submodules), and no setting of the image or the machine adds to them.
 */
const settings: readonly (readonly [section: string, key: string, value: string])[] = [
  // Nothing from the repository runs: no hooks, no filters, no helpers, no file system monitor.
  ['core', 'hooksPath', '/dev/null'],
  ['core', 'fsmonitor', 'false'],
  ['credential', 'helper', ''],
  ['filter "lfs"', 'smudge', ''],
  ['filter "lfs"', 'clean', ''],
  ['filter "lfs"', 'process', ''],
  ['filter "lfs"', 'required', 'false'],
  // Names that other file systems would take for .git are refused.
  ['core', 'protectHFS', 'true'],
  ['core', 'protectNTFS', 'true'],
  ['protocol', 'allow', 'never'],
  ['protocol "https"', 'allow', 'always'],
  ['protocol "http"', 'allow', 'always'],
  ['protocol "ssh"', 'allow', 'always'],
  ['protocol "git"', 'allow', 'always'],
  // Under 1,000 bytes/s for a minute is a hanging server.
  ['http', 'lowSpeedLimit', '1000'],
  ['http', 'lowSpeedTime', '60'],
  // The workspace belongs to the volume, not to us.
  ['safe', 'directory', '*'],
  ['submodule', 'recurse', 'false'],
  ['fetch', 'recurseSubmodules', 'false'],
  ['gc', 'auto', '0'],
  ['advice', 'detachedHead', 'false'],
]

/** Which repository is reached, and how. */
export interface GitTarget {
  readonly url: RepositoryUrl
  readonly credential: Credential
  /** Whether an http server may send git elsewhere, told once at the start; yes when left out. */
  readonly followsRedirects?: boolean
  /** IP addresses at which an http server is reached, whatever its name resolves to by then. */
  readonly addresses?: readonly string[]
  /** Larger files go to the disk as they come. A file of some hundred kB may come to be half a GB; as git has it when left out. */
  readonly mostHeldBytes?: number
}

/** Everything git and ssh are told through files in the private folder. */
export function planPrivateFiles(folder: string, target: GitTarget): PrivateFile[] {
  const { url, credential } = target
  const files: PrivateFile[] = [{ name: 'ssh-config', text: renderSshConfig(folder, url, credential) }]
  const lines = [...settings, ...planHttp(target), ...planMemory(target)].map(
    ([section, key, value]) => `[${section}]\n\t${key} = ${value}`,
  )
  if (credential.password !== undefined && isHttp(url)) {
    const { scheme, password } = { scheme: url.scheme, password: credential.password }
    const user = encodeURIComponent(credential.username ?? 'git')
    files.push({
      name: 'credentials',
      text: `${scheme}://${user}:${encodeURIComponent(password)}@${toAuthority(url)}\n`,
    })
    // The helper answers for this scheme, host and port only.
    const helper = `store --file=${join(folder, 'credentials')}`
    lines.push(`[credential "${scheme}://${toAuthority(url)}"]\n\thelper = ${helper}`)
  }
  if (credential.sshKey !== undefined) {
    files.push({ name: 'ssh-key', text: `${credential.sshKey.replaceAll('\r', '').trim()}\n` })
  }
  if (credential.knownHosts !== undefined)
    files.push({ name: 'known-hosts', text: `${credential.knownHosts.trim()}\n` })
  return [...files, { name: 'git-config', text: `${lines.join('\n')}\n` }]
}

function planHttp({ url, followsRedirects = true, addresses = [] }: GitTarget): typeof settings {
  // A redirect is followed for the first request only, where git tells it; the credential goes to the first host alone.
  const redirects = ['http', 'followRedirects', followsRedirects ? 'initial' : 'false'] as const
  if (addresses.length === 0 || !isHttp(url)) return [redirects]
  const port = url.port ?? (url.scheme === 'https' ? 443 : 80)
  const literals = addresses.map((address) => (address.includes(':') ? `[${address}]` : address))
  return [redirects, ['http', 'curloptResolve', `${url.host}:${port}:${literals.join(',')}`]]
}

function planMemory({ mostHeldBytes }: GitTarget): typeof settings {
  return mostHeldBytes === undefined ? [] : [['core', 'bigFileThreshold', `${mostHeldBytes}`]]
}

/** The key is offered to the repository's own host and to no submodule's. */
function renderSshConfig(folder: string, url: RepositoryUrl, credential: Credential): string {
  const identity = credential.sshKey === undefined ? 'none' : join(folder, 'ssh-key')
  const checking = credential.knownHosts === undefined ? 'accept-new' : 'yes'
  return [
    `Host ${url.host.replace(/^\[|\]$/g, '')}`,
    `  IdentityFile ${identity}`,
    'Host *',
    '  IdentityFile none',
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
    '  BatchMode yes',
    '  ConnectTimeout 20',
    '  ServerAliveInterval 20',
    `  StrictHostKeyChecking ${checking}`,
    `  UserKnownHostsFile ${join(folder, 'known-hosts')}`,
    '  GlobalKnownHostsFile /dev/null',
    '  LogLevel ERROR',
    '',
  ].join('\n')
}

/** Passed on from the container: how to reach servers at all. */
const passedOn = [
  'PATH',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
]

export function planGitEnvironment(
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept = passedOn.flatMap((name) => {
    const value = environment[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    ...Object.fromEntries(kept),
    HOME: folder,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(folder, 'git-config'),
    GIT_ATTR_NOSYSTEM: '1',
    GIT_ALLOW_PROTOCOL: 'https:http:ssh:git',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '/bin/false',
    SSH_ASKPASS: '/bin/false',
    GIT_SSH_COMMAND: `ssh -F ${join(folder, 'ssh-config')}`,
    GIT_LFS_SKIP_SMUDGE: '1',
  }
}

/** Why this credential cannot be used for this repository, in words that may follow "the credential". */
export function findCredentialProblem(url: RepositoryUrl, credential: Credential): string | undefined {
  if (isHttp(url) && credential.password === undefined) return 'has no key "password", which an http repository needs'
  if (url.scheme === 'ssh' && credential.sshKey === undefined)
    return 'has no key "ssh-key", which an ssh repository needs'
  if (/[\r\n\0]/.test(`${credential.username ?? ''}${credential.password ?? ''}`)) return 'holds a line break or NUL'
  return undefined
}

function isHttp({ scheme }: RepositoryUrl): boolean {
  return scheme === 'http' || scheme === 'https'
}

function toAuthority({ host, port }: RepositoryUrl): string {
  return port === undefined ? host : `${host}:${port}`
}
