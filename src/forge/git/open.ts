import type { RepositoryConnection } from '../../../crds/kinds.ts'
import { type Credential, findCredentialProblem } from '../../git/settings.ts'
import type { KubeReader } from '../../kube/ports.ts'
import type { Provider } from '../../lib/forge-event.ts'
import type { Secret } from '../../lib/kubernetes.ts'
import { parseRepository, type RepositoryUrl } from '../../lib/repository.ts'
import { readAuthSecret } from '../credential/secret-reader.ts'
import { ForgeError } from '../forge.ts'
import type { OpenForge } from '../part.ts'
import { createGitForge } from './forge.ts'
import { createGitSessions, type GitForgeDeps } from './session.ts'

export interface OpenGitForgeDeps extends GitForgeDeps {
  readonly reader: KubeReader
}

/** Reaches repositories by Git alone, with the credential of the connection, which is read each time and kept nowhere. */
export function createOpenGitForge(deps: OpenGitForgeDeps): OpenForge {
  const sessions = createGitSessions(deps)
  return async (connection) => {
    const { repository, provider } = connection.spec
    const parsed = parseRepository(repository)
    if ('problem' in parsed) throw new ForgeError('refused', `the repository URL of the connection ${parsed.problem}`)
    const { url } = parsed
    const credential = await readCredential(deps.reader, connection, url)
    return createGitForge(sessions, provider, {
      party: connection.metadata.namespace ?? '',
      repository,
      url,
      credential,
    })
  }
}

async function readCredential(
  reader: KubeReader,
  { metadata, spec }: RepositoryConnection,
  url: RepositoryUrl,
): Promise<Credential> {
  const { authSecretRef: name, provider } = spec
  // The git protocol knows no credential.
  if (name === undefined || url.scheme === 'git') return {}
  const { namespace = '' } = metadata
  const credential = toCredential(await readAuthSecret(reader, { namespace, name }), provider)
  const problem = findCredentialProblem(url, credential)
  if (problem !== undefined) throw new ForgeError('forbidden', `the credential in the Secret ${name} ${problem}`)
  return credential
}

/** The user that the forges want beside a token. */
const tokenUsers: Readonly<Record<Provider, string>> = {
  github: 'x-access-token',
  gitlab: 'oauth2',
  bitbucket: 'x-token-auth',
  gitea: 'git',
  generic: 'git',
}

/** A value in a Secret often ends with a line feed that is no part of it. */
function toCredential({ data = {} }: Secret, provider: Provider): Credential {
  const read = (key: string) => {
    const text = Buffer.from(data[key] ?? '', 'base64')
      .toString()
      .replace(/[\r\n]+$/, '')
    return text === '' ? undefined : text
  }
  const [password, token] = [read('password'), read('token')]
  const found = {
    username: read('username') ?? (password === undefined && token !== undefined ? tokenUsers[provider] : undefined),
    password: password ?? token,
    sshKey: read('ssh-key'),
    knownHosts: read('known_hosts'),
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}
