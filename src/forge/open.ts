import type { RepositoryConnection } from '../../crds/kinds.ts'
import type { KubeReader } from '../kube/ports.ts'
import type { Timers } from '../kube/timers.ts'
import type { Clock } from '../lib/clock.ts'
import { parseRepository, toCanonicalRepository } from '../lib/repository.ts'
import { toParts } from '../vcs/outgoing/address.ts'
import { outgoing } from '../vcs/outgoing/registry.ts'
import { createApiForge } from './api/api-forge.ts'
import { withGitFallback } from './api/git-fallback.ts'
import { createRecollection, type Recollection } from './api/recollection.ts'
import { type AccessDeps, openAccess } from './credential/access.ts'
import { createInstallationTokens } from './credential/installation-tokens.ts'
import { createSecretReader } from './credential/secret-reader.ts'
import { type Forge, ForgeError } from './forge.ts'
import { createForgeHttp, type ForgeHttp, type ForgeHttpOptions } from './http/client.ts'
import type { OpenForge } from './part.ts'

export interface OpenForgeDeps extends Pick<ForgeHttpOptions, 'allowLoopback' | 'lookup' | 'onAttempt'> {
  /** Reads the Secret of authSecretRef, by its name. */
  readonly reader: KubeReader
  readonly clock: Clock
  readonly timers: Timers
  /** The same repository reached by Git: for forges without an API, and for reading where the API has no credential. */
  readonly openGit: OpenForge
}

/** The way to the forge of any connection. Connections, tokens and Secrets just read are kept between the calls. */
export function createOpenForge(deps: OpenForgeDeps): OpenForge {
  const { clock } = deps
  const http = createForgeHttp(deps)
  const access = {
    readCredential: createSecretReader({ reader: deps.reader, clock }),
    tokens: createInstallationTokens(clock),
  }
  const recollection = createRecollection()
  return (connection) =>
    connection.spec.provider === 'generic'
      ? deps.openGit(connection)
      : openApi({ deps, http, access, recollection, provider: connection.spec.provider }, connection)
}

interface Shell {
  readonly deps: OpenForgeDeps
  readonly http: ForgeHttp
  readonly access: AccessDeps
  readonly recollection: Recollection
  readonly provider: keyof typeof outgoing
}

async function openApi(
  { deps, http, access, recollection, provider }: Shell,
  connection: RepositoryConnection,
): Promise<Forge> {
  const { spec } = connection
  const parsed = parseRepository(spec.repository)
  if ('problem' in parsed) throw new ForgeError('refused', `spec.repository ${parsed.problem}`)
  const opened = await openAccess(access, connection)
  const { caller } = opened
  const apiURL = spec.apiURL === undefined ? {} : { apiURL: spec.apiURL }
  const repository = outgoing[provider].open({ url: parsed.url, caller, ...apiURL })
  if ('problem' in repository) throw new ForgeError('refused', `spec.repository ${repository.problem}`)
  const name = toParts(parsed.url.path).at(-1) ?? ''
  const about = toCanonicalRepository(spec.repository)
  const { uid = '', namespace = '', name: asker = '' } = connection.metadata
  const forge = createApiForge({
    provider,
    repository,
    name,
    about,
    access: opened,
    http,
    timers: deps.timers,
    recollection,
    asker: JSON.stringify([uid, namespace, asker, caller.kind]),
  })
  return caller.kind === 'anonymous' ? withGitFallback(forge, () => deps.openGit(connection)) : forge
}
