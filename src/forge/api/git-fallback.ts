import { type Forge, ForgeError, type ForgeErrorKind } from '../forge.ts'

/** What an API says to somebody without a credential where Git may have one: an ssh-key, or a repository that is public. */
const helpedByGit: readonly ForgeErrorKind[] = ['forbidden', 'notFound', 'rateLimited']

/** Reads by Git what the API does not give away without a credential. Git is opened for the first such call. */
export function withGitFallback(api: Forge, openGit: () => Promise<Forge>): Forge {
  let opened: Promise<Forge> | undefined
  const readByGit = async <T>(ask: (git: Forge) => Promise<T>): Promise<T> => {
    opened ??= openGit()
    return await ask(await opened)
  }
  const read = <T>(ask: (forge: Forge) => Promise<T>): Promise<T> =>
    ask(api).catch((error: unknown) => {
      if (error instanceof ForgeError && helpedByGit.includes(error.kind)) return readByGit(ask)
      throw error
    })
  return {
    ...api,
    readPipelineFiles: (commit, pullRequest) => read((forge) => forge.readPipelineFiles(commit, pullRequest)),
    listChanges: async (range) => {
      const known = await api.listChanges(range).catch(() => undefined)
      return known ?? (await readByGit((git) => git.listChanges(range)))
    },
    readCommitMessage: (commit) => read(async (forge) => forge.readCommitMessage?.(commit)),
    listHeads: () => read((forge) => forge.listHeads()),
  }
}
