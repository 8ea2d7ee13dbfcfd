import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { parseRepository } from '../../lib/repository.ts'
import { toRepositoryKey } from './repository-key.ts'

/**
 * Where the forge is to deliver. The oldest connection of a repository has the plain URL; the others, each with a secret of its
 * own, need webhooks of their own, and forges tell those apart by the URL only. The receiver does not look at the query.
 */
export function toWebhookURL(externalURL: string, connection: RepositoryConnection, isOldest: boolean): string {
  const { namespace = '', name = '' } = connection.metadata
  const plain = `${externalURL}/webhooks/${connection.spec.provider}`
  return isOldest ? plain : `${plain}?${new URLSearchParams({ connection: `${namespace}/${name}` }).toString()}`
}

/** Connections by repository, to know which came first. */
export interface RepositoryOrder {
  put(connection: RepositoryConnection): void
  remove(connection: RepositoryConnection): void
  isOldest(connection: RepositoryConnection): boolean
  /** The others of the same repository. */
  listOthers(connection: RepositoryConnection): readonly RepositoryConnection[]
}

export function createRepositoryOrder(): RepositoryOrder {
  const groups = new Map<string, Map<string, RepositoryConnection>>()
  const keys = new Map<string, string>()
  const remove = (connection: RepositoryConnection): void => {
    const uid = toUid(connection)
    const key = keys.get(uid) ?? ''
    const group = groups.get(key)
    group?.delete(uid)
    keys.delete(uid)
    if (group?.size === 0) groups.delete(key)
  }
  const listOthers = (connection: RepositoryConnection) =>
    [...(groups.get(toKey(connection))?.values() ?? [])].filter((other) => toUid(other) !== toUid(connection))
  return {
    put: (connection) => {
      remove(connection)
      const key = toKey(connection)
      keys.set(toUid(connection), key)
      groups.set(key, (groups.get(key) ?? new Map()).set(toUid(connection), connection))
    },
    remove,
    listOthers,
    isOldest: (connection) => listOthers(connection).every((other) => toAge(connection) < toAge(other)),
  }
}

function toKey({ spec }: RepositoryConnection): string {
  return toRepositoryKey(spec.provider, spec.repository)
}

function toUid({ metadata }: RepositoryConnection): string {
  return metadata.uid ?? ''
}

function toAge({ metadata: { creationTimestamp = '', namespace = '', name = '' } }: RepositoryConnection): string {
  return `${creationTimestamp} ${namespace}/${name}`
}

const publicForges: readonly string[] = ['github.com', 'gitlab.com', 'bitbucket.org', 'gitea.com', 'codeberg.org']

/** Whether the forge lies outside, and the URL leads to a name that only this cluster knows. */
export function isOutOfReach(webhookURL: string, repository: string): boolean {
  const parsed = parseRepository(repository)
  if ('problem' in parsed || !URL.canParse(webhookURL)) return false
  const { hostname } = new URL(webhookURL)
  const isInside = !hostname.includes('.') || /\.(svc|svc\.cluster\.local|local|localhost|internal)$/.test(hostname)
  return isInside && publicForges.includes(parsed.url.host.toLowerCase())
}
