import { planListHeads } from '../../git/arguments.ts'
import { runGit } from '../../git/run.ts'
import { isFullCommit, type Provider } from '../../lib/forge-event.ts'
import { type Forge, ForgeError } from '../forge.ts'
import { readFiles, readMessage } from './files.ts'
import { createHeadsReader } from './objects.ts'
import type { GitRepositoryAccess, GitSessions } from './session.ts'

/** As many as a connection's status holds. */
const mostHeads = 1000
/** Of the list of all refs: about a million. */
const mostListed = 128 << 20

/** A repository at a server that speaks Git and nothing else: it can be read, and told nothing. */
export function createGitForge(sessions: GitSessions, provider: Provider, access: GitRepositoryAccess): Forge {
  const { repository } = access
  const unsupported = (what: string) => () =>
    Promise.reject(new ForgeError('unsupported', `${repository} is reached by Git alone, which has no ${what}`))
  return {
    provider,
    readPipelineFiles: async (commit) => {
      requireFull(commit)
      const asked = `read the pipeline files at ${commit} of ${repository}`
      return sessions.run(access, asked, (session) => readFiles(session, repository, commit))
    },
    readCommitMessage: async (commit) => {
      requireFull(commit)
      const asked = `read the message of ${commit} of ${repository}`
      return sessions.run(access, asked, (session) => readMessage(session, repository, commit))
    },
    listHeads: () =>
      sessions.run(access, `list the branches of ${repository}`, async ({ runner }) => {
        // Where deliveries tell of tags, one that is found by Git in between must not look new.
        const reader = createHeadsReader(provider === 'generic' ? ['heads', 'tags'] : ['heads'])
        const args = planListHeads(repository)
        await runGit(runner, { args, onLine: (line) => reader.take(line), mostOutput: mostListed })
        return reader.read(mostHeads)
      }),
    listChanges: () => Promise.resolve(undefined),
    canWrite: () => Promise.resolve(undefined),
    listOpenPullRequests: () => Promise.resolve(undefined),
    readPullRequest: unsupported('pull requests'),
    report: unsupported('commit statuses'),
    upsertComment: unsupported('comments'),
    ensureWebhook: unsupported('webhooks'),
  }
}

function requireFull(commit: string): void {
  if (!isFullCommit(commit))
    throw new ForgeError('refused', 'the commit is not a full id of 40 or 64 hexadecimal digits')
}
