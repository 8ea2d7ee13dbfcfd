import { type ForgeApi, openForgeApi } from './api.ts'
import { createPassword, type ForgeAccount } from './credentials.ts'

/** The account, made where it is missing, with a new password. */
export async function ensureAccount(admin: ForgeApi, username: string): Promise<ForgeAccount> {
  const account = { username, password: createPassword() }
  const { status } = await admin.tryCall('GET', `/users/${username}`)
  if (status === 404) {
    const email = `${username}@example.com`
    await admin.call('POST', '/admin/users', { ...account, email, must_change_password: false })
  } else {
    await admin.call('PATCH', `/admin/users/${username}`, {
      password: account.password,
      login_name: username,
      source_id: 0,
      must_change_password: false,
    })
  }
  return account
}

/** A private repository of the account, empty where it is made now. */
export async function ensureRepository(owner: ForgeApi, username: string, name: string): Promise<void> {
  const { status } = await owner.tryCall('GET', `/repos/${username}/${name}`)
  if (status === 404) await owner.call('POST', '/user/repos', { name, private: true })
}

export interface TokenOptions {
  /** Base URL as this machine reaches the forge. */
  url: string
  account: ForgeAccount
  /** What c8s needs: webhooks and statuses, comments, and who may push. */
  scopes: readonly string[]
}

/** The known token while the forge takes it, else a new one. */
export async function ensureToken(known: string | undefined, { url, account, scopes }: TokenOptions): Promise<string> {
  if (known !== undefined) {
    const { status } = await openForgeApi(url, { token: known }).tryCall('GET', '/user')
    if (status === 200) return known
  }
  const body = { name: `c8s ${new Date().toISOString()}`, scopes }
  const owner = openForgeApi(url, account)
  return (await owner.call<{ sha1: string }>('POST', `/users/${account.username}/tokens`, body)).sha1
}
