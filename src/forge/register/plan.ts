import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { Secret } from '../../lib/kubernetes.ts'
import { describeByHand } from './by-hand.ts'
import { readWebhookSecret } from './webhook-secret.ts'
import { isOutOfReach } from './webhook-url.ts'

export interface RegistrationFacts {
  readonly connection: RepositoryConnection
  readonly webhookURL: string
  /** Undefined where the connection names none, or it does not exist. */
  readonly webhookSecret?: Secret
  readonly authSecret?: Secret
}

export type Registration =
  | { readonly kind: 'ask'; readonly secret: string }
  /** Nothing is asked of the forge: a person has to do something. */
  | { readonly kind: 'told'; readonly reason: string; readonly message: string }

interface Obstacle {
  readonly reason: string
  readonly isMet: (facts: RegistrationFacts) => boolean
  /** What is missing, as a sentence without its end. */
  readonly describe: (connection: RepositoryConnection) => string
}

/** What keeps c8s from making the webhook itself, the first that applies. */
const obstacles: readonly Obstacle[] = [
  {
    reason: 'Unsupported',
    isMet: ({ connection }) => connection.spec.provider === 'generic',
    describe: () => 'c8s cannot make the webhook of a generic provider',
  },
  {
    reason: 'NoSecret',
    isMet: ({ webhookSecret }) => readWebhookSecret(webhookSecret ?? {}).current === undefined,
    describe: ({ spec }) =>
      spec.webhookSecretRef === undefined
        ? 'no delivery is accepted: name a Secret with the key webhook-secret in spec.webhookSecretRef'
        : `no delivery is accepted: Secret ${spec.webhookSecretRef} does not exist or has no value under the key webhook-secret`,
  },
  {
    reason: 'NoCredential',
    isMet: ({ authSecret }) => !hasApiCredential(authSecret),
    describe: ({ spec }) =>
      spec.authSecretRef === undefined
        ? 'c8s has no credential to make the webhook with: spec.authSecretRef is not set'
        : `Secret ${spec.authSecretRef} does not exist or holds no credential for the API of the forge: token, password, or app-id with private-key`,
  },
  {
    reason: 'NoExternalURL',
    isMet: ({ connection, webhookURL }) => isOutOfReach(webhookURL, connection.spec.repository),
    describe: () =>
      'the forge cannot reach this URL, which is known in the cluster only: expose c8s-server and set C8S_EXTERNAL_URL',
  },
]

/** Whether to ask the forge for the webhook, or what to tell. */
export function planRegistration(facts: RegistrationFacts): Registration {
  const obstacle = obstacles.find(({ isMet }) => isMet(facts))
  if (obstacle === undefined) {
    return { kind: 'ask', secret: readWebhookSecret(facts.webhookSecret ?? {}).current ?? '' }
  }
  const { connection, webhookURL } = facts
  const message = `${obstacle.describe(connection)}; to make the webhook by hand, ${describeByHand(connection, webhookURL)}`
  return { kind: 'told', reason: obstacle.reason, message }
}

function hasApiCredential({ data = {} }: Pick<Secret, 'data'> = {}): boolean {
  const has = (key: string) => (data[key] ?? '') !== ''
  return has('token') || has('password') || (has('app-id') && has('private-key'))
}
