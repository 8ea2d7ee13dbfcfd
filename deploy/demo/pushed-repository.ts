import { kubectl, tryKubectl } from '../install/kubectl.ts'
import type { ChosenCluster } from '../local/choose.ts'
import { ensureAccount, ensureRepository, ensureToken } from '../sample/forge/accounts.ts'
import { type ForgeApi, openForgeApi } from '../sample/forge/api.ts'
import { type Checkout, openCheckout } from '../sample/forge/checkout.ts'
import { createPassword } from '../sample/forge/credentials.ts'
import type { DeployedForge } from '../sample/forge/deploy.ts'
import { demoNamespace, renderManifest, renderSecret, type SampleObject } from '../sample/render.ts'

/** A repository that a person pushes to, and that c8s is connected with. */
export interface PushedRepository {
  /** owner/name */
  readonly name: string
  /** The forge's API as the owner sees it. */
  readonly api: ForgeApi
  readonly checkout: Checkout
  /** What connects c8s with it. */
  readonly objects: readonly SampleObject[]
}

export const connectionName = 'greeter'
const username = 'ada'
const repositoryName = `${username}/${connectionName}`
const scopes = ['write:repository', 'write:issue', 'read:user']

export interface PushOptions {
  readonly cluster: ChosenCluster
  readonly forge: DeployedForge
  /** Base URL of the forge as this machine reaches it. */
  readonly url: string
}

/** Account, repository and token at the forge, as far as they are missing, and a clone. Done again it changes little. */
export async function preparePushedRepository({ cluster, forge, url }: PushOptions): Promise<PushedRepository> {
  const account = await ensureAccount(openForgeApi(url, forge.admin), username)
  const api = openForgeApi(url, account)
  await ensureRepository(api, username, connectionName)
  const token = await ensureToken(readSecret(cluster, 'greeter-auth', 'token'), { url, account, scopes })
  await dropForgottenConnection(cluster, api)
  const secret = readSecret(cluster, 'greeter-webhook', 'webhook-secret') ?? createPassword()
  const objects = [
    renderSecret('greeter-webhook', demoNamespace, { 'webhook-secret': secret }),
    renderSecret('greeter-auth', demoNamespace, { username, password: token, token }),
    ...renderManifest('forge-connection', {}),
  ]
  const checkout = await openCheckout({ url: `${url}/${repositoryName}.git`, login: account })
  return { name: repositoryName, api, checkout, objects }
}

/** Kept from an earlier time: c8s looks at Secrets every few minutes only. */
function readSecret(cluster: ChosenCluster, name: string, key: string): string | undefined {
  const format = `go-template={{index .data "${key}"}}`
  const { code, stdout } = tryKubectl(cluster, ['get', 'secret', name, '-n', demoNamespace, '-o', format])
  return code === 0 && stdout !== '' ? Buffer.from(stdout, 'base64').toString() : undefined
}

/** A forge that began anew has no webhook, while the connection still says that it has. */
async function dropForgottenConnection(cluster: ChosenCluster, api: ForgeApi): Promise<void> {
  const hooks = await api.call<readonly unknown[]>('GET', `/repos/${repositoryName}/hooks`)
  if (hooks.length > 0) return
  const connection = ['repositoryconnections.c8s.dev', connectionName, '-n', demoNamespace]
  kubectl(cluster, ['delete', ...connection, '--ignore-not-found', '--wait', '--timeout=30s'])
}
