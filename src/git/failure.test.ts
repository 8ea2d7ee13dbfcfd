import { describe, expect, it } from 'vitest'
import { classifyGitFailure, toLastWords } from './failure.ts'

describe('classifyGitFailure', () => {
  it.each([
    ["fatal: repository 'http://h/x.git/' not found", 'repository'],
    ['remote: Repository not found.\nfatal: Could not read from remote repository.', 'repository'],
    [
      "fatal: '/x.git' does not appear to be a git repository\nfatal: Could not read from remote repository.",
      'repository',
    ],
    ['fatal: remote error: access denied or repository not exported: /x.git', 'authentication'],
    ['error: The requested URL returned error: 404', 'repository'],
    ["fatal: Authentication failed for 'http://h/x.git/'", 'authentication'],
    ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'authentication'],
    ["error: The requested URL returned error: 403\nfatal: unable to access 'https://h/x/'", 'authentication'],
    ['git@h: Permission denied (publickey).\nfatal: Could not read from remote repository.', 'authentication'],
    ['Load key "/dev/shm/x/ssh-key": error in libcrypto\ngit@h: Permission denied (publickey).', 'authentication'],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'hostKey'],
    ['fatal: remote error: upload-pack: not our ref aaaa', 'commit'],
    ['error: Server does not allow request for unadvertised object aaaa', 'refused'],
    ["fatal: couldn't find remote ref refs/heads/x", 'refused'],
    ['fatal: dumb http transport does not support shallow capabilities', 'refused'],
    ["fatal: unable to access 'https://h/': Could not resolve host: h", 'network'],
    [
      "fatal: unable to access 'http://h/': Failed to connect to h port 80 after 0 ms: Couldn't connect to server",
      'network',
    ],
    ['ssh: connect to host h port 22: Connection refused\nfatal: Could not read from remote repository.', 'network'],
    ['kex_exchange_identification: Connection closed by remote host', 'network'],
    ["fatal: unable to access 'http://h/x/': The requested URL returned error: 503", 'network'],
    [
      'error: RPC failed; curl 56 Recv failure\nfatal: early EOF\nfatal: fetch-pack: invalid index-pack output',
      'network',
    ],
    ['fatal: the remote end hung up unexpectedly', 'network'],
    ['error: file write error: No space left on device\nfatal: unable to write', 'disk'],
    ["error: invalid path '.git/hooks/x'", 'other'],
    ['', 'other'],
  ])('%j is %s', (stderr, want) => {
    expect(classifyGitFailure(stderr)).toBe(want)
  })
})

describe('toLastWords', () => {
  const afterSsh =
    'fatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights\nand the repository exists.\n'

  it.each([
    [
      `ssh: Could not resolve hostname h: Name or service not known\r\n${afterSsh}`,
      'ssh: Could not resolve hostname h: Name or service not known',
    ],
    [
      `Load key "/x": error in libcrypto\ngit@h: Permission denied (publickey).\n${afterSsh}`,
      'git@h: Permission denied (publickey)',
    ],
    [
      `fatal: '/x.git' does not appear to be a git repository\n${afterSsh}`,
      "'/x.git' does not appear to be a git repository",
    ],
    ['fatal: unable to connect to h:\nh[0: 10.0.0.1]: errno=No route to host\n', 'unable to connect to h'],
    ["error: invalid path '.git/x'\n", "invalid path '.git/x'"],
    [
      "remote: Counting\nfatal: unable to access 'http://h/': The requested URL returned error: 503\n",
      "unable to access 'http://h/': The requested URL returned error: 503",
    ],
    ['something else\n', 'something else'],
    ['', 'git said nothing'],
  ])('of %j are %j', (stderr, want) => {
    expect(toLastWords(stderr)).toBe(want)
  })

  it('are cut', () => {
    expect(toLastWords(`fatal: ${'x'.repeat(1000)}`)).toHaveLength(500)
  })
})
