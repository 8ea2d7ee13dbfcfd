/** What git's words on standard error (in English, LC_ALL=C) say was wrong. */
export type GitFailure =
  | 'authentication'
  | 'hostKey'
  | 'repository'
  /** The server has no such commit. */
  | 'commit'
  /** The server does not give it out this way; another may work. */
  | 'refused'
  | 'disk'
  /** Worth another try. */
  | 'network'
  /** Its time was up. */
  | 'stopped'
  /** It said more than is looked at. */
  | 'tooMuch'
  | 'other'

/** The first that matches wins: what is certain stands before the words that go with many failures. */
const signs: readonly (readonly [RegExp, GitFailure])[] = [
  [/No space left on device|Disk quota exceeded/i, 'disk'],
  [/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/i, 'hostKey'],
  [/Authentication failed|could not read (Username|Password)|unable to read askpass/i, 'authentication'],
  [
    /returned error: (401|403)\b|Permission denied \(|Access denied|invalid credentials|bad permissions/i,
    'authentication',
  ],
  [/Load key .*(error|invalid)|invalid format/i, 'authentication'],
  [
    /repository not exported|returned error: (404|410)\b|repository '[^']*' not found|Repository not found/i,
    'repository',
  ],
  [
    /does not appear to be a git repository|not a git repository|no such repository|Could not find repository/i,
    'repository',
  ],
  [/not valid: is this a git repository|unexpected redirect|unable to update url base/i, 'repository'],
  [/returned error: 30[1278]\b/i, 'repository'],
  [/not our ref|want [0-9a-f]+ not valid/i, 'commit'],
  [/unadvertised object|couldn't find remote ref|remote did not send all necessary objects/i, 'refused'],
  [/does not support shallow|dumb http transport/i, 'refused'],
  [/Could not resolve (host|proxy)|Temporary failure in name resolution|unable to look up/i, 'network'],
  [/Connection (refused|reset|timed out|closed)|Failed to connect|Couldn't connect|Could not connect/i, 'network'],
  [/timed? ?out|too slow|early EOF|RPC failed|unexpected disconnect|hung up unexpectedly/i, 'network'],
  [/returned error: (408|429|5\d\d)\b|Network is unreachable|No route to host|Empty reply from server/i, 'network'],
  [
    /kex_exchange_identification|banner exchange|TLS connect|SSL_ERROR_SYSCALL|gnutls_handshake|GnuTLS recv/i,
    'network',
  ],
]

export function classifyGitFailure(stderr: string): GitFailure {
  return signs.find(([sign]) => sign.test(stderr))?.[1] ?? 'other'
}

/** What git says after every failure over ssh, whatever ssh itself said before. */
const empty = /^(fatal: )?(Could not read from remote repository|Please make sure you have|and the repository exists)/i

/** The line that says what went wrong, in at most 500 characters; git's own last verdict before what others said. */
export function toLastWords(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).map((line) => line.trim())
  const telling = lines.filter((line) => line !== '' && !empty.test(line))
  const chosen =
    telling.find((line) => line.startsWith('fatal: ')) ??
    telling.findLast((line) => /^(error|ssh|remote|host)\b|denied|failed/i.test(line)) ??
    telling.at(-1)
  return (chosen ?? 'git said nothing')
    .replace(/^(fatal|error): /, '')
    .replace(/[.:]+$/, '')
    .slice(0, 500)
}
