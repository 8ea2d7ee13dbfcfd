import type { RepositoryConnection } from '../../crds/kinds.ts'
import { annotations, labels, systemNamespace } from '../../crds/labels.ts'
import type { KubeObject, UserInfo } from '../../src/lib/kubernetes.ts'
import { askUse, type Facts, toRightKey } from '../facts.ts'
import { type GrantContext, judgeGrant } from './usable-by.ts'

/** On whose behalf a Secret is asked for. */
export interface SecretAsker {
  /** Whose right counts; one is enough. */
  readonly subjects: readonly UserInfo[]
  /** What the Secret's own annotation may name. Empty for a pipeline whose commands are the requester's own. */
  readonly grant: GrantContext
  /** The pipeline is from a file of the commit: nobody's right speaks for it, only annotations do. */
  readonly isFile?: boolean
}

export type SecretVerdict =
  | { readonly kind: 'allowed'; readonly onlyOnBranch: boolean }
  /** May be used, once it exists. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: 'reserved' | 'noRight' }

const serviceAccount = 'kubernetes.io/service-account.name'

/** May the Secret be given to a step? Answers for the Secret as it is now; reads nothing of its values. */
export function judgeSecret(name: string, asker: SecretAsker, facts: Facts): SecretVerdict {
  const secret = facts.secrets.get(name)
  if (isReserved(name, secret, facts.connections ?? [])) return { kind: 'refused', why: 'reserved' }
  if (hasRight(name, asker.subjects, facts)) {
    return secret === undefined ? { kind: 'missing' } : { kind: 'allowed', onlyOnBranch: false }
  }
  const grant = judgeGrant(secret?.metadata.annotations?.[annotations.usableBy], asker.grant)
  return grant.granted ? { kind: 'allowed', onlyOnBranch: grant.onlyOnBranch } : { kind: 'refused', why: 'noRight' }
}

export function hasRight(secret: string, subjects: readonly UserInfo[], facts: Facts): boolean {
  return subjects.some((subject) => facts.rights.get(toRightKey(askUse(subject, secret))) === true)
}

/** Never given to a step, whoever asks: tokens of service accounts, credentials of connections, c8s's own. */
export function isReserved(
  name: string,
  secret: KubeObject | undefined,
  connections: readonly RepositoryConnection[],
): boolean {
  const { metadata } = secret ?? { metadata: {} }
  return (
    // The API server insists on this annotation for Secrets of the type service-account-token.
    metadata.annotations?.[serviceAccount] !== undefined ||
    metadata.labels?.[labels.partOf] === 'c8s' ||
    metadata.namespace === systemNamespace ||
    connections.some(({ spec }) => spec.webhookSecretRef === name || spec.authSecretRef === name)
  )
}
