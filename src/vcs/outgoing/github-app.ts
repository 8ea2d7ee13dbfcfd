import { readText } from './answers.ts'
import { ask, type Conversation, ConversationProblem, encodePart } from './conversation.ts'
import { write } from './github-calls.ts'

export interface InstallationToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface WantedToken {
  readonly installationId: string
  /** Name of the one repository that the token is to be good for, without its owner. */
  readonly repository: string
}

/**
 * A token of a GitHub App's installation, good for one repository. To be sent with the app's JWT.
 * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app
 */
export function* exchangeAppToken({ installationId, repository }: WantedToken): Conversation<InstallationToken> {
  const path = `/app/installations/${encodePart(installationId)}/access_tokens`
  const { body } = yield* ask(write('POST', path, { repositories: [repository] }))
  const token = readText(body, 'token')
  const expiresAt = Date.parse(readText(body, 'expires_at'))
  if (!Number.isNaN(expiresAt)) return { token, expiresAt }
  throw new ConversationProblem('unavailable', 'the answer has no time expires_at')
}
