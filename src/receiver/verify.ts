import { setImmediate as yieldToOthers } from 'node:timers/promises'
import type { RepositoryConnection } from '../../crds/kinds.ts'
import { systemNamespace } from '../../crds/labels.ts'
import type { ObjectKey } from '../kube/ports.ts'
import type { WebhookSecrets } from './webhook-secrets.ts'

export interface VerifyDeps {
  readonly secrets: WebhookSecrets
  /** Random, and known to nobody: what deliveries of unknown repositories are held against. */
  readonly decoySecret: string
}

/** No such Secret: what is read where there is nothing to read, so that it takes as long and fails in the same cases. */
const decoyKey: ObjectKey = { namespace: systemNamespace, name: 'c8s-server-no-such-secret' }

/**
 * The connections whose secret has signed. Throws KubeError where the API server does not tell the secrets. The work is the
 * same whether the repository is unknown, has no secret or another one: nobody learns which from the time.
 */
export async function findSigned(
  deps: VerifyDeps,
  candidates: readonly RepositoryConnection[],
  verify: (secret: string) => boolean,
): Promise<readonly RepositoryConnection[]> {
  const signed: RepositoryConnection[] = []
  await Promise.all(candidates.map((candidate) => deps.secrets.read(toSecretKey(candidate))))
  for (const candidate of candidates.length === 0 ? [undefined] : candidates) {
    const isSigned = await tryCandidate(deps, toSecretKey(candidate), verify)
    if (isSigned && candidate !== undefined) signed.push(candidate)
    // A large body takes a while for each secret, and others wait.
    if (candidates.length > 1) await yieldToOthers()
  }
  return signed
}

function toSecretKey(candidate: RepositoryConnection | undefined): ObjectKey {
  const name = candidate?.spec.webhookSecretRef
  const { namespace } = candidate?.metadata ?? {}
  return name === undefined || namespace === undefined ? decoyKey : { namespace, name }
}

async function tryCandidate(
  { secrets, decoySecret }: VerifyDeps,
  key: ObjectKey,
  verify: (secret: string) => boolean,
): Promise<boolean> {
  const values = await secrets.read(key)
  if (values.some(verify)) return true
  if (values.length === 0) verify(decoySecret)
  // It may have been changed a moment ago.
  const anew = await secrets.reread(key)
  const unseen = anew?.filter((value) => !values.includes(value)) ?? []
  return unseen.some(verify)
}
