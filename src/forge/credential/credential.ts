import type { Provider } from '../../lib/forge-event.ts'

/** What a Secret offers for a forge's API. */
export type ForgeCredential =
  | { readonly kind: 'token'; readonly token: string; readonly username?: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'app'; readonly appId: string; readonly installationId: string; readonly privateKey: string }
  /** Nothing that the API takes; `problem` may follow the name of the Secret. */
  | { readonly kind: 'none'; readonly problem: string }

/** A Secret's data, decoded. */
export type SecretValues = Readonly<Record<string, string>>

/** Keys of the Secret that make a GitHub App. */
const appKeys = ['app-id', 'installation-id', 'private-key'] as const

/**
 * What the Secret has for the API of a forge. A complete app goes before a token, and a token before a password, which is
 * often for Git alone. GitHub and GitLab take no password; there it is taken for a token, as their Git does.
 */
export function pickCredential(values: SecretValues, provider: Provider): ForgeCredential {
  const app = provider === 'github' ? findApp(values) : undefined
  if (app !== undefined) return app
  const pair = provider === 'gitea' || provider === 'bitbucket' ? findPair(values) : undefined
  return pair ?? findToken(values) ?? { kind: 'none', problem: describeMissing(values, provider) }
}

/** User and password, where there is no token. */
function findPair(values: SecretValues): ForgeCredential | undefined {
  const [username, password] = [findValue(values, 'username'), findValue(values, 'password')]
  if (username === undefined || password === undefined || findValue(values, 'token') !== undefined) return undefined
  return { kind: 'basic', username, password }
}

function findToken(values: SecretValues): ForgeCredential | undefined {
  const key = findValue(values, 'token') === undefined ? 'password' : 'token'
  const token = findValue(values, key)
  const username = findValue(values, 'username')
  if (token === undefined) return undefined
  return isHeaderSafe(token)
    ? { kind: 'token', token, ...(username === undefined ? {} : { username }) }
    : { kind: 'none', problem: `has a key ${key} with white space in it, or with a character that no token has` }
}

function findValue(values: SecretValues, key: string): string | undefined {
  return values[key]?.trim() || undefined
}

function findApp(values: SecretValues): ForgeCredential | undefined {
  const [appId, installationId, privateKey] = appKeys.map((key) => findValue(values, key))
  return appId === undefined || installationId === undefined || privateKey === undefined
    ? undefined
    : { kind: 'app', appId, installationId, privateKey }
}

function describeMissing(values: SecretValues, provider: Provider): string {
  const absent = appKeys.filter((key) => findValue(values, key) === undefined)
  if (provider === 'github' && absent.length < appKeys.length) {
    return `has no key ${absent.join(' and no key ')} of the GitHub App`
  }
  return values['ssh-key'] === undefined
    ? 'has neither a key token nor a key password'
    : 'has an ssh-key, which is for Git alone, and no key token for the API of the forge'
}

/** A line break in a token is a mistake of whoever wrote the Secret. */
function isHeaderSafe(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text)
}
