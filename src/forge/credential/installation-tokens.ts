import { createHash } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import type { ForgeAnswer, ForgeCall } from '../../vcs/outgoing/conversation.ts'
import { exchangeAppToken, type InstallationToken } from '../../vcs/outgoing/github-app.ts'
import { ForgeError } from '../forge.ts'
import { converse } from '../http/converse.ts'
import { parseAppKey, signAppJwt } from './app-jwt.ts'

interface AppInstallation {
  /** Base of the API. */
  readonly base: string
  readonly appId: string
  readonly installationId: string
  readonly privateKey: string
  /** Name of the one repository that the token is for, without its owner. */
  readonly repository: string
  /** Of the Secret, for messages. */
  readonly secretName: string
}

export interface InstallationTokens {
  /** A token that is good for minutes yet. Throws ForgeError. */
  read(installation: AppInstallation, send: SendAs): Promise<string>
  /** The forge did not take the token: the next read gets another. */
  forget(token: string): void
}

/** Sends a call with a credential of its own. */
export type SendAs = (
  as: { readonly header: string; readonly secrets: readonly string[] },
  call: ForgeCall,
) => Promise<ForgeAnswer>

/** Tokens live for an hour; one that ends sooner than this is not given out. */
const spareMs = 5 * 60_000
const mostKept = 500

/** Keeps tokens and exchanges each once, however many ask at a time. */
export function createInstallationTokens(clock: Clock): InstallationTokens {
  const kept = new Map<string, Promise<InstallationToken>>()
  const exchange = (id: string, installation: AppInstallation, send: SendAs): Promise<InstallationToken> => {
    const exchanged = exchangeToken(installation, send, clock)
    if (kept.size >= mostKept) kept.clear()
    kept.set(id, exchanged)
    exchanged.catch(() => dropIfSame(kept, id, exchanged))
    return exchanged
  }
  return {
    read: async (installation, send) => {
      const id = toId(installation)
      const known = kept.get(id)
      const token = await (known ?? exchange(id, installation, send))
      if (token.expiresAt - spareMs > clock.now()) return token.token
      // Several may find out at once that it is old: only the first of them replaces it.
      if (kept.get(id) === known) kept.delete(id)
      return (await (kept.get(id) ?? exchange(id, installation, send))).token
    },
    forget: (token) => {
      for (const [id, exchanged] of kept) {
        exchanged.then(
          (known) => known.token === token && dropIfSame(kept, id, exchanged),
          () => undefined,
        )
      }
    },
  }
}

function dropIfSame<T>(kept: Map<string, T>, id: string, value: T): boolean {
  return kept.get(id) === value && kept.delete(id)
}

/** A new key, and another repository, are another token. The key itself is not kept. */
function toId({ base, appId, installationId, privateKey, repository }: AppInstallation): string {
  const key = createHash('sha256').update(privateKey).digest('hex')
  return JSON.stringify([base, appId, installationId, repository, key])
}

async function exchangeToken(installation: AppInstallation, send: SendAs, clock: Clock): Promise<InstallationToken> {
  const { appId, installationId, privateKey, repository, secretName } = installation
  const key = parseAppKey(privateKey)
  if (key === undefined) {
    throw new ForgeError('forbidden', `key private-key of Secret ${secretName} is no private RSA key in PEM`)
  }
  const wrong = [
    /^[A-Za-z0-9.]+$/.test(appId) ? [] : 'app-id',
    /^[0-9]+$/.test(installationId) ? [] : 'installation-id',
  ]
  const [first] = wrong.flat()
  if (first !== undefined) {
    throw new ForgeError('forbidden', `key ${first} of Secret ${secretName} is no id as GitHub gives them`)
  }
  const jwt = signAppJwt(appId, key, clock.now())
  const about = `GitHub App ${appId} of Secret ${secretName}`
  return await converse(() => exchangeAppToken({ installationId, repository }), {
    about,
    send: (call) => send({ header: `Bearer ${jwt}`, secrets: [jwt] }, call),
    secrets: () => [jwt],
  })
}
