import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isIPv6 } from 'node:net'
import type { AccessSource } from './access.ts'

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

type Environment = Readonly<Record<string, string | undefined>>

/** True in a pod that was given a service account token. */
export function isInCluster(env: Environment, folder = serviceAccountFolder): boolean {
  return (
    env['KUBERNETES_SERVICE_HOST'] !== undefined &&
    env['KUBERNETES_SERVICE_PORT'] !== undefined &&
    existsSync(`${folder}/token`)
  )
}

/**
 * The pod's own service account. client-node could do this too, but loading it costs each role 20 MB for these lines
 * (docs/adr/0010-kube-client.md).
 */
export function readInClusterAccess(env: Environment, folder = serviceAccountFolder): AccessSource {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const namespaceFile = `${folder}/namespace`
  return {
    server: new URL(`https://${isIPv6(host) ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`),
    namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : 'default',
    read: async () => {
      const [token, ca] = await Promise.all([readFile(`${folder}/token`, 'utf8'), readFile(`${folder}/ca.crt`)])
      return { tls: { ca }, headers: { authorization: `Bearer ${token.trim()}` } }
    },
  }
}
