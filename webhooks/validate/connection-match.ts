import type { RepositoryConnection } from '../../crds/kinds.ts'
import { toCanonicalRepository } from '../../src/lib/repository.ts'

/**
 * The connection whose credential a clone of the repository uses: one of the same repository, however it is spelled.
 * With several, one with a credential, then the first by name, so that every replica chooses the same.
 */
export function findConnection(
  repository: string,
  connections: readonly RepositoryConnection[],
): RepositoryConnection | undefined {
  const wanted = toCanonicalRepository(repository)
  const fitting = connections.filter(
    ({ spec }) => toCanonicalRepository(spec.repository) === wanted && !wouldBare(spec.repository, repository),
  )
  return fitting.toSorted(byCredentialThenName)[0]
}

/** A credential given for an encrypted address must not travel in clear text because somebody wrote http. */
function wouldBare(connected: string, cloned: string): boolean {
  const isClear = (url: string) => url.startsWith('http://') || url.startsWith('git://')
  return isClear(cloned) && !isClear(connected)
}

function byCredentialThenName(a: RepositoryConnection, b: RepositoryConnection): number {
  const credential = Number(b.spec.authSecretRef !== undefined) - Number(a.spec.authSecretRef !== undefined)
  if (credential !== 0) return credential
  return (a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1
}
