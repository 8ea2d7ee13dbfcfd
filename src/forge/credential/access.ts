import type { RepositoryConnection } from '../../../crds/kinds.ts'
import type { Provider } from '../../lib/forge-event.ts'
import type { Caller } from '../../vcs/outgoing/outgoing.ts'
import type { ForgeCredential } from './credential.ts'
import type { InstallationTokens, SendAs } from './installation-tokens.ts'
import type { ReadCredential } from './secret-reader.ts'

/** How one connection's calls prove who makes them. */
export interface ForgeAccess {
  readonly caller: Caller
  /** Why the calls are anonymous: half a sentence with the connection or the Secret and its key. */
  readonly problem?: string
  /** For one call; throws ForgeError. */
  authorize(target: AccessTarget): Promise<Authorization>
}

interface Authorization {
  /** Value of the header; none for anonymous calls. */
  readonly header?: string
  /** Values that no message may show. */
  readonly secrets: readonly string[]
  /** To be told when the forge did not take it. */
  readonly reject?: () => void
}

interface AccessTarget {
  /** Base of the API. */
  readonly base: string
  /** Name of the repository, without its owner. */
  readonly repository: string
  readonly send: SendAs
}

export interface AccessDeps {
  readonly readCredential: ReadCredential
  readonly tokens: InstallationTokens
}

/** Reads what the connection names as its credential. Throws ForgeError where that cannot be read. */
export async function openAccess(deps: AccessDeps, connection: RepositoryConnection): Promise<ForgeAccess> {
  const { metadata, spec } = connection
  const { authSecretRef: name, provider } = spec
  if (name === undefined) return createAnonymous(`RepositoryConnection ${metadata.name} has no spec.authSecretRef`)
  const credential = await deps.readCredential({ namespace: metadata.namespace ?? '', name }, provider)
  if (credential.kind === 'none') return createAnonymous(`Secret ${name} ${credential.problem}`)
  return {
    caller: toCaller(credential),
    authorize: (target) => authorize(deps, credential, { ...target, provider, secretName: name }),
  }
}

function createAnonymous(problem: string): ForgeAccess {
  return { caller: { kind: 'anonymous' }, problem, authorize: async () => ({ secrets: [] }) }
}

type UsableCredential = Exclude<ForgeCredential, { readonly kind: 'none' }>

function toCaller(credential: UsableCredential): Caller {
  if (credential.kind === 'app') return { kind: 'app', name: credential.appId }
  return { kind: 'user', ...(credential.username === undefined ? {} : { name: credential.username }) }
}

interface AuthorizationTarget extends AccessTarget {
  readonly provider: Provider
  readonly secretName: string
}

async function authorize(
  { tokens }: AccessDeps,
  credential: UsableCredential,
  target: AuthorizationTarget,
): Promise<Authorization> {
  switch (credential.kind) {
    case 'token': {
      // Bearer takes every kind of token but at Gitea, which knows its own by another word.
      const scheme = target.provider === 'gitea' ? 'token' : 'Bearer'
      return { header: `${scheme} ${credential.token}`, secrets: [credential.token] }
    }
    case 'basic': {
      const pair = `${credential.username}:${credential.password}`
      return { header: `Basic ${Buffer.from(pair).toString('base64')}`, secrets: [credential.password, pair] }
    }
    case 'app': {
      const { appId, installationId, privateKey } = credential
      const { base, repository, secretName, send } = target
      const installation = { appId, installationId, privateKey, base, repository, secretName }
      const token = await tokens.read(installation, send)
      return { header: `Bearer ${token}`, secrets: [token], reject: () => tokens.forget(token) }
    }
  }
}
