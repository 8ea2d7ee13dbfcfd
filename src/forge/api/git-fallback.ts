import { type Forge, ForgeError, type ForgeErrorKind } from '../forge.ts'

/** What an API says to somebody without a credential where Git may have one: an ssh-key, or a repository that is public. */
const helpedByGit: readonly ForgeErrorKind[] = ['forbidden', 'notFound', 'rateLimited']

/** Reads by Git what the API does not give away without a credential. Git is opened for the first such call. */
export function withGitFallback(api: Forge, openGit: () => Promise<Forge>): Forge {
  let opened: Promise<Forge> | undefined
  const read = async <T>(ask: (forge: Forge) => Promise<T>): Promise<T> => {
    try {
      return await ask(api)
    } catch (error) {
      if (!(error instanceof ForgeError) || !helpedByGit.includes(error.kind)) throw error
      opened ??= openGit()
      return await ask(await opened)
    }
  }
  return {
    ...api,
    readPipelineFiles: (commit, pullRequest) => read((forge) => forge.readPipelineFiles(commit, pullRequest)),
    listChanges: (range) => read((forge) => forge.listChanges(range)),
    listHeads: () => read((forge) => forge.listHeads()),
  }
}
