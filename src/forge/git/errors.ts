import type { GitFailure } from '../../git/failure.ts'
import { GitError } from '../../git/run.ts'
import { ForgeError, type ForgeErrorKind } from '../forge.ts'

const kinds: Readonly<Record<GitFailure, ForgeErrorKind>> = {
  authentication: 'forbidden',
  hostKey: 'forbidden',
  repository: 'notFound',
  commit: 'notFound',
  refused: 'notFound',
  disk: 'unavailable',
  network: 'unavailable',
  stopped: 'unavailable',
  tooMuch: 'refused',
  other: 'unavailable',
}

/** What was asked, as it follows "cannot", such as "list the branches of https://host/a/b". */
export function toForgeError(error: unknown, asked: string, mask: (text: string) => string): ForgeError {
  if (error instanceof ForgeError) return error
  if (error instanceof GitError)
    return new ForgeError(kinds[error.failure], mask(`cannot ${asked}: ${describe(error)}`))
  const words = error instanceof Error ? error.message : String(error)
  return new ForgeError('unavailable', mask(`cannot ${asked}: ${words}`))
}

function describe({ failure, message }: GitError): string {
  switch (failure) {
    case 'hostKey':
      return 'its host key is not the one in known_hosts of the credential'
    case 'disk':
      return 'no room left for temporary files'
    case 'commit':
      return 'there is no such commit'
    case 'refused':
      return 'the server does not give out the commit by its id, and it is on no ref that c8s knows'
    default:
      return message
  }
}
