import type { RepositoryConnection } from '../../crds/kinds.ts'
import { toCanonicalRepository } from '../lib/repository.ts'

/**
 * The connection whose credential a clone of the repository uses, and by which its forge is asked: one of the same
 * repository, however it is spelled. With several, one with a credential, then one of the same scheme (an ssh key is no
 * use over http), then the first by name, so that every replica chooses the same.
 */
export function findConnection(
  repository: string,
  connections: readonly RepositoryConnection[],
): RepositoryConnection | undefined {
  const wanted = toCanonicalRepository(repository)
  const fitting = connections.filter(
    ({ spec }) => toCanonicalRepository(spec.repository) === wanted && !wouldBare(spec.repository, repository),
  )
  return fitting.toSorted(byFitness(toScheme(repository)))[0]
}

const toScheme = (url: string) => url.slice(0, url.indexOf(':')).replace(/^https$/, 'http')

/** A credential given for an encrypted address must not travel in clear text because somebody wrote http. */
function wouldBare(connected: string, cloned: string): boolean {
  const isClear = (url: string) => url.startsWith('http://') || url.startsWith('git://')
  return isClear(cloned) && !isClear(connected)
}

function byFitness(scheme: string) {
  const rank = ({ spec }: RepositoryConnection) =>
    (spec.authSecretRef === undefined ? 0 : 2) + (toScheme(spec.repository) === scheme ? 1 : 0)
  return (a: RepositoryConnection, b: RepositoryConnection): number =>
    rank(b) - rank(a) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)
}
