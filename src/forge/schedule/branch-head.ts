import type { PipelineConfig, RepositoryConnection } from '../../../crds/kinds.ts'
import { findConnection } from '../../engine/connection-match.ts'
import { ForgeError } from '../forge.ts'
import type { PartDeps } from '../part.ts'

export interface BranchHead {
  readonly branch: string
  /** In full. */
  readonly commit: string
  /** By which the forge was asked; absent where nobody connected the repository. */
  readonly connection?: RepositoryConnection
}

/**
 * The newest commit of a branch of the config's repository, or of its default branch. Asked by the connection of that
 * repository in the namespace; where there is none, by Git without a credential. Throws ForgeError.
 */
export async function findBranchHead(
  { caches, openForge }: Pick<PartDeps, 'caches' | 'openForge'>,
  config: PipelineConfig,
  wanted: string | undefined,
): Promise<BranchHead> {
  const { namespace = '' } = config.metadata
  const { repository } = config.spec
  const inNamespace = caches.connections.list().filter(({ metadata }) => metadata.namespace === namespace)
  const connection = findConnection(repository, inNamespace)
  const forge = await openForge(connection ?? toAnonymous(namespace, repository))
  const { defaultBranch, heads } = await forge.listHeads()
  const branch = wanted ?? defaultBranch
  if (branch === undefined)
    throw new ForgeError('notFound', `${repository} does not tell its default branch: name a branch`)
  const commit = heads.find(({ ref }) => ref === `refs/heads/${branch}`)?.commit
  if (commit === undefined)
    throw new ForgeError('notFound', `${repository} has no branch ${branch} among those it lists (1000 at most)`)
  return { branch, commit, ...(connection === undefined ? {} : { connection }) }
}

/** No object of the cluster: only how the repository is reached. */
function toAnonymous(namespace: string, repository: string): RepositoryConnection {
  return { metadata: { namespace, name: '' }, spec: { repository, provider: 'generic' } }
}
