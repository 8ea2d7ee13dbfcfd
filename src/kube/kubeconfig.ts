import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { KubeConfig } from '@kubernetes/client-node'
import type { Access, AccessSource, TlsMaterial } from './access.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The kubeconfig that KUBECONFIG (or ~/.kube/config) and C8S_CONTEXT name: contexts, client certificates, tokens, exec
 * plug-ins, OIDC and proxies are client-node's work. Imported lazily, since its bundle costs 20 MB.
 */
export function loadKubeconfig(env: Environment): AccessSource {
  let config = readConfig(env)
  const cluster = config.getCurrentCluster()
  if (cluster === null) {
    throw new Error(
      `kubeconfig: the context ${JSON.stringify(config.getCurrentContext())} names no cluster that it knows`,
    )
  }
  return {
    server: new URL(cluster.server),
    namespace: config.getContextObject(config.getCurrentContext())?.namespace ?? 'default',
    read: async (anew) => {
      if (anew) {
        // An exec plug-in's token without an expiry stays in this object for ever, even when it is refused.
        config = readConfig(env)
      }
      return readAccess(config, cluster.proxyUrl !== undefined)
    },
  }
}

function readConfig(env: Environment): KubeConfig {
  const [first, ...others] = listFiles(env)
  if (first === undefined) {
    throw new Error('no cluster: set KUBECONFIG to a kubeconfig file, or run inside a pod with a service account')
  }
  const config = new KubeConfig()
  config.loadFromFile(first)
  for (const file of others) {
    const other = new KubeConfig()
    other.loadFromFile(file)
    // As kubectl: the first file that names a current context decides.
    config.mergeConfig(other, Boolean(config.getCurrentContext()))
  }
  chooseContext(config, env['C8S_CONTEXT'] ?? '')
  return config
}

/** Of the files that KUBECONFIG lists, those that exist, as kubectl takes them. */
function listFiles(env: Environment): string[] {
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '')
  const files = named.length === 0 ? [join(env['HOME'] ?? homedir(), '.kube', 'config')] : named
  return files.filter((file) => existsSync(file))
}

function chooseContext(config: KubeConfig, context: string): void {
  if (context === '') {
    return
  }
  if (config.getContextObject(context) === null) {
    const known = config.getContexts().map(({ name }) => name)
    throw new Error(`C8S_CONTEXT: the kubeconfig has no context ${context}; it has ${known.join(', ') || 'none'}`)
  }
  config.setCurrentContext(context)
}

async function readAccess(config: KubeConfig, isProxied: boolean): Promise<Access> {
  const options: RequestOptions = {}
  await config.applyToHTTPSOptions(options)
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    headers[name.toLowerCase()] = String(value).trim()
  }
  if (options.auth !== undefined && options.auth !== null) {
    headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`
  }
  const agent = options.agent
  return {
    tls: toTlsMaterial(options),
    headers,
    ...(isProxied && typeof agent === 'object' ? { proxy: agent } : {}),
  }
}

function toTlsMaterial(options: RequestOptions): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options
  return {
    ...(isMaterial(ca) ? { ca } : {}),
    ...(isMaterial(cert) ? { cert } : {}),
    ...(isMaterial(key) ? { key } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  }
}

function isMaterial(value: unknown): value is string | Buffer {
  return typeof value === 'string' || Buffer.isBuffer(value)
}
